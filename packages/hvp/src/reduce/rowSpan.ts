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

/** Lower triangle of X·Xᵀ; four products at a time read a row once. */
function gramOf(rows: readonly Float64Array[]): Float64Array[] {
  return rows.map((row, i) => {
    const out = new Float64Array(i + 1);
    for (let j = 0; j <= i; j += 4) {
      const [p, q, s, t] = [0, 1, 2, 3].map((k) => rows[Math.min(j + k, i)]!) as Four;
      let [a, b, c, d] = [0, 0, 0, 0];
      for (let k = 0; k < row.length; k++) {
        const x = row[k]!;
        a += x * p[k]!;
        b += x * q[k]!;
        c += x * s[k]!;
        d += x * t[k]!;
      }
      out.set([a, b, c, d].slice(0, i + 1 - j), j);
    }
    return out;
  });
}

type Four = [Float64Array, Float64Array, Float64Array, Float64Array];

function addScaled(out: Float64Array, factor: number, from: Float64Array, offset: number): void {
  for (let i = 0; i < out.length; i++) out[i]! += factor * from[offset + i]!;
}
