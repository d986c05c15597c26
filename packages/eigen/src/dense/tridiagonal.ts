/** Eigenvalues of symmetric tridiagonal matrices. */

import { EigenError } from "../solver/error.js";
import { pick } from "../solver/pick.js";

/**
 * Eigenvalues of a symmetric tridiagonal matrix T, and rows of its eigenvector matrix, by implicit
 * QL with Wilkinson's shift.
 *
 *   T = Z·diag(θ)·Zᵀ,   rows ← rows·Z
 *
 * A Lanczos stop rule needs only the last row of Z: passing that one row instead of all m makes
 * the cost O(m²) instead of O(m³).
 *
 * @param diagonal d, [m]
 * @param offDiagonal e, [m − 1] (longer is allowed), e[i] couples i and i + 1
 * @param rows each [m], overwritten; start with the identity for all eigenvectors
 * @returns θ, [m], descending; the entries of `rows` follow the same order
 * @throws EigenError "not-finite" on NaN or infinite entries
 * @see Parlett (1998), The Symmetric Eigenvalue Problem, §8
 * @example
 * tridiagonalEigen(Float64Array.of(2, 2, 2), Float64Array.of(-1, -1), []); // [2 + √2, 2, 2 - √2]
 */
export function tridiagonalEigen(
  diagonal: ArrayLike<number>,
  offDiagonal: ArrayLike<number>,
  rows: readonly Float64Array[] = [],
): Float64Array {
  const m = diagonal.length;
  const d = Float64Array.from(diagonal);
  const e = d.map((_, i) => (i + 1 < m ? offDiagonal[i]! : 0));
  const scale = Math.max(0, ...d.map(Math.abs), ...e.map(Math.abs));
  // Math.max lets NaN through as NaN, so this catches both.
  if (!Number.isFinite(scale)) {
    throw new EigenError("not-finite", "the matrix has a non-finite entry");
  }
  // Scaled to norm ~1, so that no square over- or underflows.
  const unit = scale || 1;
  for (const x of [d, e]) for (let i = 0; i < m; i++) x[i]! /= unit;

  for (let low = 0; low < m; low++) {
    for (let sweep = 0; ; sweep++) {
      let high = low;
      // Beyond this an off-diagonal entry no longer moves an eigenvalue of a matrix of norm ~1.
      const matters = (i: number) =>
        Math.abs(e[i]!) > Number.EPSILON * (Math.abs(d[i]!) + Math.abs(d[i + 1]!) + 1e-3);
      while (high < m - 1 && matters(high)) high++;
      if (high === low) break;
      if (sweep === 60) throw new EigenError("no-result", "QL did not converge");
      const slope = (d[low + 1]! - d[low]!) / (2 * e[low]!);
      const root = Math.hypot(slope, 1);
      const shift = d[low]! - e[low]! / (slope + (slope < 0 ? -root : root));
      e[high] = 0;
      chase(d, e, rows, low, high, e[high - 1]!, d[high]! - shift);
    }
  }
  const order = Array.from(d.keys()).sort((i, j) => d[j]! - d[i]!);
  for (const row of [d, ...rows]) row.set(pick(row, order));
  return d.map((value) => value * unit);
}

/**
 * Plane rotations that bring a pair of numbers, which belongs to the columns high − 1 and high of
 * a tridiagonal matrix, to (0, r), and then move what that tears open upwards until it leaves.
 *
 *   T ← GᵀTG,   rows ← rows·G
 *
 * @param d diagonal of T, overwritten
 * @param e off-diagonal of T, overwritten from `low` to high − 1
 * @param low where it leaves: T couples to nothing above
 */
export function chase(
  d: Float64Array,
  e: Float64Array,
  rows: readonly Float64Array[],
  low: number,
  high: number,
  gone: number,
  kept: number,
): void {
  for (let i = high - 1; i >= low && gone !== 0; i--) {
    const square = gone * gone + kept * kept;
    // Where squares underflow; elsewhere the root is many times faster.
    const r = square > 1e-290 ? Math.sqrt(square) : Math.hypot(gone, kept);
    const sine = gone / r;
    const cosine = kept / r;
    if (i + 1 < high) e[i + 1] = r;
    const t = sine * (d[i]! - d[i + 1]!) + 2 * cosine * e[i]!;
    d[i]! -= sine * t;
    d[i + 1]! += sine * t;
    kept = e[i] = cosine * t - e[i]!;
    if (i > low) {
      gone = sine * e[i - 1]!;
      e[i - 1]! *= cosine;
    }
    for (const row of rows) {
      const y = row[i + 1]!;
      row[i + 1] = sine * row[i]! + cosine * y;
      row[i] = cosine * row[i]! - sine * y;
    }
  }
}
