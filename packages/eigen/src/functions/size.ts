/** The 2-norm and the condition number of an operator. */

import { countProducts, type LinearOperator } from "../operators/operator.js";
import { check, checkCount, checkNumber } from "../solver/error.js";
import { checkNames } from "../solver/names.js";
import { createRandom } from "../solver/random.js";
import { advice } from "../solver/report.js";
import type { Status } from "../solver/result.js";
import type { EstimatorFactory } from "../trace/estimate.js";
import { type AsyncVectorSpace, float64 } from "../vectors/space.js";
import { solve } from "../vectors/vectorScope.js";
import { type Ends, startEndSearch } from "./endSearch.js";

/** Settings of `spectralNorm` and `conditionNumber` beside seed and space. */
export interface SizeSettings {
  /** Width of the interval relative to its lower end that is small enough; default 0.01. */
  readonly rtol?: number;
  /** Budget of products, and of vectors that are kept; default 200. */
  readonly maxMatvecs?: number;
  /** With which the upper bound holds; default 0.998, both ends of the spectrum together. */
  readonly probability?: number;
}

/** A number between two bounds. */
export interface SizeResult {
  /** The lower bound holds for certain, but for rounding, which is taken off. */
  readonly lower: number;
  /** The upper bound holds with `probability` over the random start; Infinity if nothing is known. */
  readonly upper: number;
  readonly probability: number;
  /** "converged": upper ≤ (1 + rtol)·lower. */
  readonly status: Status;
  /** What to change, when the status is not "converged". */
  readonly message?: string;
  readonly matvecs: number;
}

/**
 * ‖A‖₂, the largest |eigenvalue|, between the largest |Ritz value| and what a random start excludes.
 *
 * Lanczos from a standard normal vector; see `outerEnd` for the upper bound.
 * @example
 * const { lower, upper } = spectralNorm()(denseOperator([[1, 0], [0, -3]]));
 * lower <= 3 && 3 <= upper; // true
 */
export const spectralNorm: EstimatorFactory<SizeSettings, SizeResult> = /* @__PURE__ */ sized(
  "spectralNorm",
  ({ least, most, lowerEnd, upperEnd, rounding }) => [
    Math.max(0, -least, most) - rounding,
    Math.max(-lowerEnd, upperEnd),
  ],
);

/**
 * ‖A‖₂·‖A⁻¹‖₂ of a symmetric operator.
 *
 * The lower bound divides ‖A‖₂ by the smallest ‖A·x‖/‖x‖ that is seen among the Ritz vectors. The upper
 * bound needs a definite operator, all of whose spectrum lies on one side of 0 by what the random start
 * excludes; it is Infinity otherwise.
 * @example
 * const { lower, upper } = conditionNumber()(denseOperator([[1, 0], [0, 4]]));
 * lower <= 4.0001 && 3.9999 <= upper; // true
 */
export const conditionNumber: EstimatorFactory<SizeSettings, SizeResult> = /* @__PURE__ */ sized(
  "conditionNumber",
  ({ least, most, lowerEnd, upperEnd, smallest, rounding }) => [
    Math.max(1, (Math.max(-least, most) - rounding) / smallest),
    lowerEnd > 0
      ? upperEnd / lowerEnd
      : upperEnd < 0
        ? lowerEnd / upperEnd
        : Number.POSITIVE_INFINITY,
  ],
);

function sized(
  name: string,
  bounds: (ends: Ends) => [lower: number, upper: number],
): EstimatorFactory<SizeSettings, SizeResult> {
  return (<V>(settings: SizeSettings & { seed?: number; space?: AsyncVectorSpace<V> } = {}) => {
    checkNames(name, settings, "rtol maxMatvecs probability seed space");
    const { rtol = 0.01, maxMatvecs = 200, probability = 0.998, seed = 0 } = settings;
    const space = settings.space ?? (float64() as unknown as AsyncVectorSpace<V>);
    checkNumber("rtol", rtol, 0);
    checkCount("maxMatvecs", maxMatvecs);
    checkNumber("probability", probability, 0, 1);
    check(probability < 1, "probability must be less than 1");
    return (operator: LinearOperator<V>) =>
      solve(space, function* (scope) {
        const products = countProducts(operator, scope);
        const search = yield* startEndSearch(products, scope, createRandom(seed, 9));
        let status: Status = "budget-spent";
        for (;;) {
          yield* search.step();
          const [low, upper] = bounds(search.ends((1 - probability) / 2));
          const lower = Math.max(0, low);
          if (upper <= (1 + rtol) * lower) status = "converged";
          else if (search.closed) status = "rounding";
          else if (search.steps < maxMatvecs) continue;
          search.release();
          const message = advice(status, { rtol, maxMatvecs });
          return {
            lower,
            upper,
            probability,
            status,
            ...(message !== undefined && { message }),
            matvecs: products.spent,
          };
        }
      });
  }) as EstimatorFactory<SizeSettings, SizeResult>;
}
