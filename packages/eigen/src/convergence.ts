import type { Products } from "./operator.js";
import type { Shared } from "./settings.js";
import type { AsyncVectorSpace } from "./space.js";
import { type Steps, wait } from "./steps.js";

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
