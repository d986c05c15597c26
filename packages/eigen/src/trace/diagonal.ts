/** The diagonal of an operator, from random signs. */

import { roundingOf } from "../certificates/convergence.js";
import { countProducts, type LinearOperator, type SyncOperator } from "../operators/operator.js";
import { check, checkCount, EigenError } from "../solver/error.js";
import { checkNames } from "../solver/names.js";
import { createRandom } from "../solver/random.js";
import type { Steps } from "../solver/steps.js";
import { float64 } from "../vectors/space.js";
import { solve, type VectorScope } from "../vectors/vectorScope.js";
import { imageOf } from "./estimate.js";
import { marginFactor } from "./margin.js";

/** Settings of `diagonal`. */
export interface DiagonalSettings {
  /** Products; default 30, at least 2. */
  readonly matvecs?: number;
  /** Seed of the random signs; default 0. */
  readonly seed?: number;
}

/** An estimate of every diagonal entry. */
export interface DiagonalEstimate {
  /** [n]. */
  readonly values: Float64Array;
  /** [n], one for each entry. */
  readonly standardErrors: Float64Array;
  /**
   * [n] values ± errors hold an entry in 95 % of all runs. Infinity from fewer than six products: that
   * many signs may agree by chance, and then there is no spread at all.
   */
  readonly errors: Float64Array;
  readonly matvecs: number;
}

/** A configured diagonal estimator. */
export interface DiagonalEstimator {
  (operator: SyncOperator): DiagonalEstimate;
  (operator: LinearOperator): DiagonalEstimate | Promise<DiagonalEstimate>;
}

/**
 * Diagonal of an operator from random signs.
 *
 *   diag A ≈ (1/m)·Σ zᵢ ⊙ A·zᵢ,   variance of entry j: Σ_{l≠j} A_jl²/m
 *
 * Unbiased. It needs the entries of vectors, hence Float64Array only.
 *
 * @see Bekas, Kokiopoulou & Saad (2007), An estimator for the diagonal of a matrix
 * @example
 * diagonal()(denseOperator([[2, 0], [0, 5]])).values; // [2, 5]
 */
export function diagonal(settings: DiagonalSettings = {}): DiagonalEstimator {
  checkNames("diagonal", settings, "matvecs seed");
  const { matvecs = 30, seed = 0 } = settings;
  checkCount("matvecs", matvecs);
  check(matvecs >= 2, `diagonal needs at least 2 products, got ${matvecs}`);
  function* estimate(
    operator: LinearOperator,
    space: VectorScope<Float64Array>,
  ): Steps<DiagonalEstimate> {
    const products = countProducts(operator, space);
    const { n } = products;
    const random = createRandom(seed, 4);
    const mean = new Float64Array(n);
    const spread = new Float64Array(n);
    let largest = 0;
    for (let sample = 1; sample <= matvecs; sample++) {
      const z = Float64Array.from({ length: n }, () => random.sign());
      const image = yield* imageOf(products, space, z);
      for (let i = 0; i < n; i++) {
        // Welford's update keeps the variance accurate next to a large mean.
        const value = z[i]! * image[i]!;
        largest = Math.max(largest, Math.abs(value));
        const before = value - mean[i]!;
        mean[i]! += before / sample;
        spread[i]! += before * (value - mean[i]!);
      }
    }
    if (!mean.every(Number.isFinite)) {
      throw new EigenError("not-finite", "a product holds NaN or is infinite");
    }
    const standardErrors = spread.map((s) => Math.sqrt(s / (matvecs * (matvecs - 1))));
    // Sums of random signs are not skew but lumpy: a quarter of the factor for skew ones covers them.
    const rounding = roundingOf(space, largest);
    const errors = standardErrors.map((error) =>
      matvecs < 6 ? Infinity : marginFactor(matvecs, 0.25) * error + rounding,
    );
    return { values: mean, standardErrors, errors, matvecs: products.spent };
  }
  return ((operator: LinearOperator) =>
    solve(float64(), (scope) => estimate(operator, scope))) as DiagonalEstimator;
}
