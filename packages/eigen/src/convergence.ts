import type { Shared } from "./settings.js";
import type { AsyncVectorSpace } from "./space.js";

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
 * an eigenvalue 0 no residual is small. A pair that rounding cannot tell from it has converged when
 * its residual is rounding too, provided that rounding is less than a thousandth of rtol·‖A‖.
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
  const rounding = roundingOf(space, scale);
  const asked = Math.max(rtol * Math.max(size, epsilonOf(space) ** (2 / 3) * scale), atol);
  const isZero = size <= 2 * rounding && rounding <= NEGLIGIBLE * rtol * scale;
  return isZero ? Math.max(asked, rounding) : asked;
}
