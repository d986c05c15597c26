/** When a Ritz pair has converged, and what a product of its own says of it. */

import type { Products } from "../operators/operator.js";
import { rank, type Shared } from "../solver/settings.js";
import { type Steps, wait } from "../solver/steps.js";
import type { AsyncVectorSpace } from "../vectors/space.js";

/** Unit roundoff of the vectors of a space. */
export const epsilonOf = (space: Pick<AsyncVectorSpace<never>, "epsilon">): number =>
  space.epsilon ?? 2 ** -53;

/**
 * What one product can be wrong by, 32·ε·‖A‖: a residual below this cannot be told from 0.
 *
 * @param scale ‖A‖, or the largest |Ritz value| so far
 */
export function roundingOf(space: Pick<AsyncVectorSpace<never>, "epsilon">, scale: number): number {
  return 32 * epsilonOf(space) * scale;
}

/** A thousandth of what is asked for is nothing. */
const NEGLIGIBLE = 1e-3;

/**
 * The largest residual ‖A·v − θ·v‖ with which a pair has converged:
 *
 *   max(rtol·max(|θ|, ε^⅔·‖A‖), atol)
 *
 * as in ARPACK: relative to θ, and to the operator where θ is next to nothing beside it. Relative to
 * an eigenvalue 0 no residual is small: where |θ| and the residual are below ζ = ε^⅔·‖A‖/1000
 * (2·10⁻¹⁴·‖A‖ in float64; below rounding in float32), θ is 0 to the accuracy of the products, and has
 * converged if ζ is less than a thousandth of rtol·‖A‖.
 *
 * @param scale ‖A‖, or the largest |Ritz value| so far
 * @see Lehoucq, Sorensen & Yang (1998), ARPACK Users' Guide, §4.6
 */
export function tolerance(
  { rtol, atol = 0 }: Pick<Shared, "rtol" | "atol">,
  theta: number,
  scale: number,
  space: Pick<AsyncVectorSpace<never>, "epsilon">,
): number {
  const size = Math.abs(theta);
  const least = epsilonOf(space) ** (2 / 3) * scale;
  const zero = NEGLIGIBLE * least;
  const asked = Math.max(rtol * Math.max(size, least), atol);
  return size <= zero && zero <= NEGLIGIBLE * rtol * scale ? Math.max(asked, zero) : asked;
}

/** ‖A·v − θ·v‖ by a product of its own, for a unit vector v. */
export function* trueResidual<V>(
  products: Products<V>,
  space: AsyncVectorSpace<V>,
  v: V,
  theta: number,
): Steps<number> {
  const r = space.axpy(-theta, v, yield* products.apply(v));
  const square = yield* wait(space.dot(r, r));
  space.release(r);
  return Math.sqrt(square);
}

/** The Ritz pairs of a projected problem, and how far each has come. */
export interface RitzPairs {
  /** θ, [m], descending. */
  readonly values: Float64Array;
  /** ‖A·v − θ·v‖, [m], with all that was measured; of wanted pairs perhaps by products in the end. */
  readonly residuals: Float64Array;
  /** The largest residual of a converged pair, [m]. */
  readonly tolerances: Float64Array;
  /** All indices, the most wanted first. */
  readonly order: readonly number[];
  /** The k first of them, by descending θ; fewer where m < k. */
  readonly wanted: readonly number[];
  /** What one product can be wrong by. */
  readonly rounding: number;
  readonly isConverged: (i: number) => boolean;
  /** Converged as far as the recurrence goes: only the accuracy of the products is in the way. */
  readonly isResolved: (i: number) => boolean;
}

/**
 * @param state of the recurrence: `defect`, measured departure of VᵀAV from the projected matrix;
 *   `drift`, rounding of restarts; `scale`, ‖A‖ as far as it has been seen
 * @param couplings ‖A·v − θ·v‖ as the recurrence alone has it, [m]
 */
export function ritzPairs(
  settings: Shared,
  space: Pick<AsyncVectorSpace<never>, "epsilon">,
  { defect, drift, scale }: { defect: number; drift: number; scale: number },
  values: Float64Array,
  couplings: Float64Array,
  order: readonly number[] = rank(settings.which, values),
): RitzPairs {
  const residuals = couplings.map((coupling) => Math.hypot(coupling, defect) + drift);
  const tolerances = values.map((theta) => tolerance(settings, theta, scale, space));
  const rounding = roundingOf(space, scale);
  return {
    values,
    residuals,
    tolerances,
    order,
    wanted: order.slice(0, settings.k).sort((i, j) => i - j),
    rounding,
    isConverged: (i) => residuals[i]! <= tolerances[i]!,
    isResolved: (i) => couplings[i]! <= Math.max(tolerances[i]!, rounding, defect / 8),
  };
}

/**
 * How a search ends whose wanted pairs are resolved. Where what was measured beside the recurrence
 * hides whether one has converged, a product with its vector says, and replaces its residual.
 *
 * @param vectors of the wanted pairs
 */
export function* checkByProducts<V>(
  products: Products<V>,
  space: AsyncVectorSpace<V>,
  { values, residuals, wanted, rounding, isConverged }: RitzPairs,
  vectors: readonly V[],
  maxMatvecs: number,
): Steps<"converged" | "rounding" | "stagnated"> {
  for (const [c, i] of wanted.entries()) {
    if (isConverged(i) || products.spent >= maxMatvecs) continue;
    residuals[i] = yield* trueResidual(products, space, vectors[c]!, values[i]!);
  }
  if (wanted.every(isConverged)) return "converged";
  return wanted.every((i) => residuals[i]! <= 2 * rounding) ? "rounding" : "stagnated";
}
