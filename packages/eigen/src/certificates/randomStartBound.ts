/** Bounds of the ends of a spectrum from a random start. */

import type { ProbableBound } from "../solver/result.js";
import type { Which } from "../solver/settings.js";
import { boundBeyond, type Cycle, edgeOf } from "./amplification.js";
import type { RitzPairs } from "./convergence.js";

/** Probable bounds of the ends of the spectrum that are asked for. */
export interface Ends {
  upperBound?: ProbableBound;
  lowerBound?: ProbableBound;
}

/** How far the matrix whose recurrence this is may be from A. */
export function recurrenceError(
  cycles: readonly Cycle[],
  defect: number,
  { rounding }: Pick<RitzPairs, "rounding">,
): number {
  const products = cycles.reduce((sum, { diagonal, seam }) => sum + diagonal.length - seam, 0);
  return defect + rounding * Math.sqrt(products);
}

/**
 * Tightens the ends that are asked for to what a random start says after one more product.
 *
 * @param cycles since the start, the present one last
 * @param off `recurrenceError`
 * @param length, delta as in `randomStartBound`
 */
export function tightenEnds(
  ends: Ends,
  which: Which,
  cycles: readonly Cycle[],
  { values }: Pick<RitzPairs, "values">,
  off: number,
  length: number,
  delta: number,
): void {
  const { diagonal, offDiagonal, seam } = cycles.at(-1)!;
  // A length.
  const coupling = offDiagonal.at(-1)!;
  const tighten = (side: 1 | -1, end: number, before?: ProbableBound): ProbableBound => {
    // Through restarts the amplification of the start says what its polynomials say without.
    const bound =
      seam * coupling > 0
        ? boundBeyond(cycles, 0, Math.log(enough(length, delta)), end, side * coupling)
        : side *
          randomStartBound(
            diagonal.map((a) => side * a),
            offDiagonal,
            side * end,
            length,
            delta,
          );
    const value = side * off + bound;
    // Where a Ritz value has passed an earlier bound, the unlikely has happened, and that bound is wrong.
    const stands = before && side * before.value >= side * end;
    return stands && side * before.value <= side * value
      ? before
      : { value, probability: 1 - delta };
  };
  if (which !== "smallest") ends.upperBound = tighten(1, values[0]!, ends.upperBound);
  if (which !== "largest") ends.lowerBound = tighten(-1, values.at(-1)!, ends.lowerBound);
}

/** Σ pᵢ(μ)² from which on a start is less likely than δ. */
function enough(length: number, delta: number): number {
  return (length / delta) ** 2 / (Math.PI / 2);
}

/**
 * Upper bound of λmax from plain Lanczos, without restart, with a Gaussian start z.
 *
 *   P(λmax > μ) ≤ δ,   Σ_{i ≤ j} pᵢ(μ)² = ‖z‖²/s²,   s = δ·√(π/2)
 *
 * pᵢ are the orthonormal polynomials of the recurrence. Let q be a unit eigenvector of λmax. Its mass
 * (qᵀz)²/‖z‖² in the spectral measure of the start times Σ pᵢ(λmax)² is at most 1 (Bessel), and
 * |qᵀz| < s has a probability of at most δ, since qᵀz is standard normal. The sum grows above the
 * largest Ritz value, so λmax lies below the root μ. It is one event for all j, so that a search may
 * stop when it likes; nothing is asked of A but its symmetry. For λmin give −T.
 *
 * @param diagonal of T, [j]
 * @param offDiagonal of T and, last, the coupling to the next vector, [j]; 0 closes the space
 * @param largest Ritz value of T
 * @param length ‖z‖
 * @param delta δ
 * @see van Dorsselaer, Hochstenbach & van der Vorst (2000), Computing probabilistic bounds for
 *   extreme eigenvalues of symmetric matrices with the Lanczos method, who take the last polynomial
 *   in place of the sum
 * @example
 * // One step of Lanczos for diag(3, 2, 1) from (1, 1, 1), of length √3: T = [2], coupling √(2/3).
 * const t = { diagonal: Float64Array.of(2), offDiagonal: Float64Array.of(Math.sqrt(2 / 3)) };
 * randomStartBound(t.diagonal, t.offDiagonal, 2, Math.sqrt(3), 0.01) > 3; // true
 */
export function randomStartBound(
  diagonal: readonly number[],
  offDiagonal: readonly number[],
  largest: number,
  length: number,
  delta: number,
): number {
  const limit = enough(length, delta);
  const isBelow = (mu: number) => christoffel(diagonal, offDiagonal, mu, limit) < limit;
  const width = Math.abs(offDiagonal.at(-1)!);
  return width > 0 && isBelow(largest) ? edgeOf(isBelow, largest, width, 20) : largest;
}

/**
 * Σ_{i ≤ j} pᵢ(μ)², or any number above the limit; infinite outside of a space that has closed.
 *
 * @param offDiagonal of T and, last, the coupling to the next vector, [j]
 */
export function christoffel(
  diagonal: readonly number[],
  offDiagonal: readonly number[],
  mu: number,
  limit: number,
): number {
  let before = 0;
  let p = 1;
  let sum = 1;
  for (let i = 0; i < diagonal.length && sum < limit; i++) {
    const next = ((mu - diagonal[i]!) * p - (offDiagonal[i - 1] ?? 0) * before) / offDiagonal[i]!;
    before = p;
    p = next;
    // 0/0 where the space has closed and μ is a Ritz value.
    sum += p * p || 0;
  }
  return sum;
}
