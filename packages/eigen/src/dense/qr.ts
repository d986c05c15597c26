/** QR factorisation of small dense matrices. */

import { EigenError } from "../solver/error.js";
import { type DenseMatrix, identity } from "./symmetric.js";

/** A = Q·R. */
export interface QrFactors {
  /** m rows of n numbers; QᵀQ = I. */
  readonly q: Float64Array[];
  /** n rows of n numbers, zero below the diagonal, which is not negative. */
  readonly r: Float64Array[];
}

/**
 * Thin QR factorisation of an m × n matrix, m ≥ n, by Householder reflections.
 *
 * Q is orthonormal to rounding even where A is rank-deficient; R then has zeros on its diagonal.
 *
 * @param matrix m rows of n numbers
 * @throws EigenError "size-mismatch" if the rows differ in length or m < n
 * @see Golub & Van Loan (2013), Matrix Computations, §5.2
 * @example
 * qr([[3], [4]]).r; // [[5]]
 */
export function qr(matrix: DenseMatrix): QrFactors {
  const m = matrix.length;
  const n = matrix[0]?.length ?? 0;
  const a = matrix.map((row) => Float64Array.from(row));
  if (m < n || a.some((row) => row.length !== n)) {
    throw new EigenError("size-mismatch", `expected at least ${n} rows of length ${n}`);
  }
  const reflectors: { v: Float64Array; factor: number }[] = [];
  for (let c = 0; c < n; c++) {
    const v = Float64Array.from(a, (row, i) => (i < c ? 0 : row[c]!));
    const largest = v.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (largest === 0) {
      reflectors.push({ v, factor: 0 });
      continue;
    }
    let square = 0;
    for (let i = c; i < m; i++) square += (v[i]! /= largest) ** 2;
    const norm = Math.sqrt(square);
    v[c]! += v[c]! < 0 ? -norm : norm;
    const factor = 1 / (norm * Math.abs(v[c]!));
    reflect(a, v, factor);
    reflectors.push({ v, factor });
  }
  const q = identity(m).map((row) => row.slice(0, n));
  for (const { v, factor } of reflectors.reverse()) reflect(q, v, factor);
  const r = a.slice(0, n).map((row, i) => row.map((value, j) => (j < i ? 0 : value)));
  // Signs are free: a diagonal ≥ 0 makes the factors unique.
  for (let i = 0; i < n; i++) {
    if (r[i]![i]! >= 0) continue;
    r[i] = r[i]!.map((value) => -value);
    for (const row of q) row[i] = -row[i]!;
  }
  return { q, r };
}

/** Z ← (I − factor·v·vᵀ)·Z. */
function reflect(z: Float64Array[], v: Float64Array, factor: number): void {
  const width = z[0]?.length ?? 0;
  for (let c = 0; c < width; c++) {
    let sum = 0;
    for (let i = 0; i < v.length; i++) sum += v[i]! * z[i]![c]!;
    sum *= factor;
    for (let i = 0; i < v.length; i++) z[i]![c]! -= sum * v[i]!;
  }
}
