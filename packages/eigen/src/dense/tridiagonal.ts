import { EigenError } from "../error.js";

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
 */
export function tridiagonalEigen(
  diagonal: ArrayLike<number>,
  offDiagonal: ArrayLike<number>,
  rows: readonly Float64Array[] = [],
): Float64Array {
  const m = diagonal.length;
  let scale = 0;
  for (let i = 0; i < m; i++) {
    scale = Math.max(scale, Math.abs(diagonal[i]!), i + 1 < m ? Math.abs(offDiagonal[i]!) : 0);
  }
  // Math.max lets NaN through as NaN, so this catches both.
  if (!Number.isFinite(scale)) {
    throw new EigenError("not-finite", "the matrix has a non-finite entry");
  }
  // Scaled to norm ~1, so that no square over- or underflows.
  const unit = scale > 0 ? scale : 1;
  const d = Float64Array.from(diagonal, (value) => value / unit);
  const e = new Float64Array(m);
  for (let i = 0; i + 1 < m; i++) e[i] = offDiagonal[i]! / unit;

  for (let low = 0; low < m; low++) {
    for (let sweep = 0; ; sweep++) {
      let high = low;
      while (high < m - 1 && Math.abs(e[high]!) > negligible(d[high]!, d[high + 1]!)) high++;
      if (high === low) break;
      if (sweep === 60) throw new EigenError("no-result", "QL did not converge");
      sweepQL(d, e, low, high, rows);
    }
  }
  sortDescending(d, rows);
  for (let i = 0; i < m; i++) d[i]! *= unit;
  return d;
}

/** Below this an off-diagonal entry no longer moves an eigenvalue of a matrix of norm ~1. */
function negligible(a: number, b: number): number {
  return Number.EPSILON * (Math.abs(a) + Math.abs(b) + 1e-3);
}

/** One implicit QL sweep over the unreduced block low…high. */
function sweepQL(
  d: Float64Array,
  e: Float64Array,
  low: number,
  high: number,
  rows: readonly Float64Array[],
): void {
  const slope = (d[low + 1]! - d[low]!) / (2 * e[low]!);
  const root = Math.sqrt(slope * slope + 1);
  let g = d[high]! - d[low]! + e[low]! / (slope + (slope < 0 ? -root : root));
  let sine = 1;
  let cosine = 1;
  let shift = 0;
  for (let i = high - 1; i >= low; i--) {
    const f = sine * e[i]!;
    const b = cosine * e[i]!;
    const r = Math.sqrt(f * f + g * g);
    e[i + 1] = r;
    if (r === 0) {
      // The block has split: undo the pending shift and let the caller look again.
      d[i + 1]! -= shift;
      e[high] = 0;
      return;
    }
    sine = f / r;
    cosine = g / r;
    g = d[i + 1]! - shift;
    const t = (d[i]! - g) * sine + 2 * cosine * b;
    shift = sine * t;
    d[i + 1] = g + shift;
    g = cosine * t - b;
    for (const row of rows) {
      const z = row[i + 1]!;
      row[i + 1] = sine * row[i]! + cosine * z;
      row[i] = cosine * row[i]! - sine * z;
    }
  }
  d[low]! -= shift;
  e[low] = g;
  e[high] = 0;
}

function sortDescending(d: Float64Array, rows: readonly Float64Array[]): void {
  const order = Array.from(d.keys()).sort((i, j) => d[j]! - d[i]!);
  for (const row of [d, ...rows]) row.set(order.map((i) => row[i]!));
}
