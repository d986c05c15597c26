/** The space that the rows of a matrix span. */

import { pivotedCholesky } from "./pivotedCholesky.js";

/** A matrix X as L·Q: coefficients times an orthonormal basis of the space that its rows span. */
export interface RowSpan {
  /** r, at most the number of rows b. */
  readonly rank: number;
  /** L, [b × r], row-major. */
  readonly coefficients: Float64Array;
  /** Q, [r × d], row-major, Q·Qᵀ = I; made at the first call. */
  basis(): Float64Array;
}

/**
 * Factorises X = L·Q by a Cholesky factorisation of X·Xᵀ with pivoting, in float64:
 *
 *   X·Xᵀ = L·Lᵀ,   Q = L₁⁻¹·X₁   (the r rows of the pivots)
 *
 * Repeated and dependent rows, and more rows than columns, give a smaller rank. L·Lᵀ is right to
 * 1e-10 of the longest row squared; costs b²·d/2 + b·r²/2 multiplications.
 *
 * @param x X, [b × d], row-major
 * @returns undefined if an entry of X is not finite
 * @see Golub & Van Loan (2013), Matrix Computations, §4.2.8; Higham (1990) on the semi-definite case
 */
export function rowSpan(x: Float32Array, b: number, d: number): RowSpan | undefined {
  const rows = Array.from({ length: b }, (_, i) => new Float64Array(x.subarray(i * d, i * d + d)));
  const gram = gramOf(rows);
  if (!gram.every((row, i) => Number.isFinite(row[i]))) return undefined;
  const { rank, rows: l, pivots } = pivotedCholesky(gram);
  const coefficients = new Float64Array(b * rank);
  for (const [i, row] of l.entries()) coefficients.set(row.subarray(0, rank), i * rank);

  let basis: Float64Array | undefined;
  return {
    rank,
    coefficients,
    basis() {
      if (basis === undefined) {
        basis = new Float64Array(rank * d);
        for (const [k, pivot] of pivots.entries()) {
          const row = basis.subarray(k * d, (k + 1) * d);
          row.set(rows[pivot]!);
          for (let j = 0; j < k; j++) addScaled(row, -l[pivot]![j]!, basis, j * d);
          for (let i = 0; i < d; i++) row[i]! /= l[pivot]![k]!;
        }
      }
      return basis;
    },
  };
}

/** Lower triangle of X·Xᵀ, in tiles of 2 × 4: each number is read once for several products. */
function gramOf(rows: readonly Float64Array[]): Float64Array[] {
  const gram = rows.map((_, i) => new Float64Array(i + 1));
  const row = (i: number) => rows[Math.min(i, rows.length - 1)]!;
  for (let i = 0; i < rows.length; i += 2) {
    for (let j = 0; j <= i + 1; j += 4) {
      const tile = tileOf(row(i), row(i + 1), row(j), row(j + 1), row(j + 2), row(j + 3));
      // Writing past the end of a typed array does nothing.
      for (let k = 0; k < 4; k++) {
        gram[i]![j + k] = tile[k]!;
        if (i + 1 < rows.length) gram[i + 1]![j + k] = tile[4 + k]!;
      }
    }
  }
  return gram;
}

/** xᵀp, xᵀq, xᵀr, xᵀs, then the same of y. */
function tileOf(
  x: Float64Array,
  y: Float64Array,
  p: Float64Array,
  q: Float64Array,
  r: Float64Array,
  s: Float64Array,
): number[] {
  let [xp, xq, xr, xs, yp, yq, yr, ys] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let k = 0; k < x.length; k++) {
    const u = x[k]!;
    const v = y[k]!;
    xp += u * p[k]!;
    xq += u * q[k]!;
    xr += u * r[k]!;
    xs += u * s[k]!;
    yp += v * p[k]!;
    yq += v * q[k]!;
    yr += v * r[k]!;
    ys += v * s[k]!;
  }
  return [xp, xq, xr, xs, yp, yq, yr, ys];
}

function addScaled(out: Float64Array, factor: number, from: Float64Array, offset: number): void {
  for (let i = 0; i < out.length; i++) out[i]! += factor * from[offset + i]!;
}
