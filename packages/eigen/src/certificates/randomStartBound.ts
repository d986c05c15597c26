/** Bounds of the ends of a spectrum from a random start. */

import type { ProbableBound } from "../solver/result.js";
import type { Which } from "../solver/settings.js";
import type { RitzPairs } from "./convergence.js";

/** Probable bounds of the ends of the spectrum that are asked for. */
export interface Ends {
  upperBound?: ProbableBound;
  lowerBound?: ProbableBound;
}

/** The recurrence from one restart to the next: A·V = V·T + β·v·eⱼᵀ, T tridiagonal. */
export interface Cycle {
  /** Diagonal of T, [j]. */
  readonly diagonal: readonly number[];
  /** Off-diagonal of T and, last, the coupling β to the next vector, [j]. */
  readonly offDiagonal: readonly number[];
  /** Dimensions of T that the restart before has kept: Ritz vectors, turned. */
  readonly kept: number;
}

/** How far the matrix whose recurrence this is may be from A. */
export function recurrenceError(
  cycles: readonly Cycle[],
  defect: number,
  { rounding }: Pick<RitzPairs, "rounding">,
): number {
  const products = cycles.reduce((sum, { diagonal, kept }) => sum + diagonal.length - kept, 0);
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
  const tighten = (side: 1 | -1, end: number, before?: ProbableBound): ProbableBound => {
    const turned = cycles.map((cycle) => ({
      ...cycle,
      diagonal: cycle.diagonal.map((a) => side * a),
    }));
    const value = side * (off + restartedBound(turned, side * end, length, delta));
    // Where a Ritz value has passed an earlier bound, the unlikely has happened, and that bound is wrong.
    const stands = before && side * before.value >= side * end;
    return stands && side * before.value <= side * value
      ? before
      : { value, probability: 1 - delta };
  };
  if (which !== "smallest") ends.upperBound = tighten(1, values[0]!, ends.upperBound);
  if (which !== "largest") ends.lowerBound = tighten(-1, values.at(-1)!, ends.lowerBound);
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
 */
export function randomStartBound(
  diagonal: readonly number[],
  offDiagonal: readonly number[],
  largest: number,
  length: number,
  delta: number,
): number {
  return restartedBound([{ diagonal, offDiagonal, kept: 0 }], largest, length, delta);
}

/** `randomStartBound` of a search that may have restarted; `cycles` as in `tightenEnds`. */
function restartedBound(
  cycles: readonly Cycle[],
  largest: number,
  length: number,
  delta: number,
): number {
  const { diagonal, offDiagonal } = cycles.at(-1)!;
  const limit = (length / delta) ** 2 / (Math.PI / 2);
  const isBelow = (mu: number) =>
    (cycles.length === 1
      ? christoffel(diagonal, offDiagonal, mu, limit)
      : restartedMass(cycles, mu, limit)) < limit;
  let low = largest;
  let width = Math.abs(offDiagonal.at(-1)!);
  if (width === 0 || !isBelow(low)) return low;
  while (isBelow(low + width)) width *= 2;
  for (let i = 0; i < 20; i++) {
    width /= 2;
    if (isBelow(low + width)) low += width;
  }
  return low + width;
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

/**
 * Σ qᵢ(μ)² over the vectors since the last restart, or any number above the limit; 0 at or below the
 * largest Ritz value, where it says nothing.
 *
 *   qᵢ₊₁ = qᵢ·dᵢ/βᵢ,   dᵢ = μ − αᵢ − βᵢ₋₁²/dᵢ₋₁   the pivots of μ − T
 *
 * qᵢ is the polynomial of the i-th vector: vᵢ = qᵢ(A)·z/‖z‖. A restart keeps Ritz vectors and the next
 * vector v, whose polynomial stays. The relation A·V = V·T + β·v·eⱼᵀ at an eigenvector of λmax reads
 * (λmax − T)·q = β·q_v·eⱼ, and in the part K of T that was kept (μ − T_K)·q_K = β_K·q_v·e_K: the pivots of
 * that part begin those of the vectors after it, and no vector that was dropped is needed. Bessel's
 * inequality holds for each orthonormal basis that there has been; what the kept vectors would add is
 * left out. By interlacing the kept Ritz values lie below those of T, so that all grow in μ above them.
 */
function restartedMass(cycles: readonly Cycle[], mu: number, limit: number): number {
  let q = 1;
  let sum = 0;
  for (const { diagonal, offDiagonal, kept } of cycles) {
    sum = q * q;
    let pivot = Number.POSITIVE_INFINITY;
    for (const [i, alpha] of diagonal.entries()) {
      pivot = mu - alpha - (offDiagonal[i - 1] ?? 0) ** 2 / pivot;
      if (pivot <= 0) return 0;
      if (i < kept) continue;
      q *= pivot / Math.abs(offDiagonal[i]!);
      sum += q * q;
      if (sum >= limit) return sum;
    }
  }
  return sum;
}
