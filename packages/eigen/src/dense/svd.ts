/** Singular values of small dense matrices. */

import { check, EigenError } from "../solver/error.js";
import { pick } from "../solver/pick.js";
import { qr } from "./qr.js";
import { type DenseMatrix, identity, transpose } from "./symmetric.js";

/** Singular value decomposition of a small matrix. */
export interface DenseSvd {
  /** σ, [min(m, n)], descending. */
  readonly values: Float64Array;
  /** min(m, n) × [m], orthonormal. */
  readonly left: Float64Array[];
  /** min(m, n) × [n], orthonormal. */
  readonly right: Float64Array[];
}

/**
 * All singular values and vectors of an m × n matrix, by one-sided Jacobi rotations.
 *
 *   A = Σᵢ σᵢ·uᵢ·vᵢᵀ
 *
 * The condition is never squared. Where the columns of A differ in size alone, small singular values
 * keep as many digits as large ones, down to 1e-140 of the largest.
 *
 * @param matrix m rows of n numbers
 * @throws EigenError "size-mismatch" if the rows differ in length, "not-finite" on NaN
 * @see Hestenes (1958); Demmel & Veselić (1992), Jacobi's method is more accurate than QR
 * @example
 * svd([[3, 0], [0, 2], [0, 0]]).values; // [3, 2]
 */
export function svd(matrix: DenseMatrix): DenseSvd {
  const m = matrix.length;
  const n = matrix[0]?.length ?? 0;
  check(m > 0 && n > 0, "the matrix is empty");
  const rows = matrix.map((row) => Float64Array.from(row));
  if (rows.some((row) => row.length !== n)) {
    throw new EigenError("size-mismatch", `expected ${m} rows of length ${n}`);
  }
  if (m < n) {
    const { values, left, right } = svd(transpose(rows));
    return { values, left: right, right: left };
  }
  let largest = 0;
  // Math.max lets NaN through as NaN, so this catches both.
  for (const row of rows) for (const value of row) largest = Math.max(largest, Math.abs(value));
  if (!Number.isFinite(largest)) {
    throw new EigenError("not-finite", "the matrix has a non-finite entry");
  }
  const unit = largest || 1;
  const columns = transpose(rows.map((row) => row.map((value) => value / unit)));
  const right = identity(n);
  orthogonalizeColumns(columns, right);

  const norms = Float64Array.from(columns, (w) => Math.hypot(...w));
  const order = [...norms.keys()].sort((i, j) => norms[j]! - norms[i]!);
  // Householder's Q has the columns at unit length, and completes them where a norm is 0.
  const { q } = qr(transpose(order.map((i) => columns[i]!)));
  return {
    values: pick(norms, order).map((norm) => norm * unit),
    left: transpose(q),
    right: order.map((i) => right[i]!),
  };
}

/** Squared norm of a column that counts as 0 beside entries of size 1: its square has few digits. */
const NOTHING = 1e-280;

/** Rotates pairs of columns of W, and those of V with them, until all are orthogonal. */
function orthogonalizeColumns(w: readonly Float64Array[], v: readonly Float64Array[]): void {
  const level = Number.EPSILON * Math.sqrt(w[0]!.length);
  for (let sweep = 0; sweep < 60; sweep++) {
    let rotated = false;
    for (let i = 0; i < w.length; i++) {
      for (let j = i + 1; j < w.length; j++) {
        const a = w[i]!;
        const b = w[j]!;
        let aa = 0;
        let bb = 0;
        let ab = 0;
        for (let r = 0; r < a.length; r++) {
          aa += a[r]! * a[r]!;
          bb += b[r]! * b[r]!;
          ab += a[r]! * b[r]!;
        }
        if (Math.min(aa, bb) < NOTHING || Math.abs(ab) <= level * Math.sqrt(aa * bb)) continue;
        rotated = true;
        const slope = (bb - aa) / (2 * ab);
        const tangent = (slope < 0 ? -1 : 1) / (Math.abs(slope) + Math.hypot(1, slope));
        const cosine = 1 / Math.hypot(1, tangent);
        rotate(a, b, cosine, cosine * tangent);
        rotate(v[i]!, v[j]!, cosine, cosine * tangent);
      }
    }
    if (!rotated) return;
  }
  throw new EigenError("no-result", "Jacobi rotations did not converge");
}

function rotate(a: Float64Array, b: Float64Array, cosine: number, sine: number): void {
  for (let r = 0; r < a.length; r++) {
    const x = a[r]!;
    const y = b[r]!;
    a[r] = cosine * x - sine * y;
    b[r] = sine * x + cosine * y;
  }
}
