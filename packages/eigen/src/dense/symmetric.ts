/** Eigenvalues of small symmetric matrices, and what small matrices are made with. */

import { check, EigenError } from "../solver/error.js";
import { tridiagonalEigen } from "./tridiagonal.js";

/** A square matrix as rows, each of the same length. */
export type DenseMatrix = readonly ArrayLike<number>[];

/** Eigen-decomposition of a small symmetric matrix. */
export interface DenseEigen {
  /** [n], descending. */
  readonly values: Float64Array;
  /** n × [n], orthonormal; `vectors[i]` belongs to `values[i]`. */
  readonly vectors: Float64Array[];
}

/**
 * All eigenvalues and eigenvectors of a symmetric matrix, in O(n³).
 *
 *   A = Σᵢ λᵢ·vᵢ·vᵢᵀ
 *
 * Only the lower triangle is read.
 *
 * @param matrix n rows of n numbers
 * @throws EigenError "size-mismatch" if it is not square, "not-finite" on NaN
 * @example symmetricEigen([[2, 1], [1, 2]]).values // Float64Array [3, 1]
 */
export function symmetricEigen(matrix: DenseMatrix): DenseEigen {
  const { diagonal, offDiagonal, basis } = tridiagonalize(matrix);
  const values = tridiagonalEigen(diagonal, offDiagonal, basis);
  return { values, vectors: transpose(basis) };
}

/** T = Qᵀ·A·Q with Q orthogonal. */
export interface Tridiagonalization {
  /** [n]. */
  readonly diagonal: Float64Array;
  /** [n]; the last entry is 0. */
  readonly offDiagonal: Float64Array;
  /** The n rows of Q. */
  readonly basis: Float64Array[];
}

/**
 * Householder reduction of a symmetric matrix to tridiagonal form, from the last row upwards.
 *
 *   A = Q·T·Qᵀ,   Q·eₙ = eₙ
 *
 * The last coordinate stays where it is; the restart of Lanczos depends on that.
 *
 * @see Golub & Van Loan (2013), Matrix Computations, §8.3
 * @example
 * tridiagonalize([[2, 1], [1, 2]]).diagonal; // [2, 2]
 */
export function tridiagonalize(matrix: DenseMatrix): Tridiagonalization {
  const n = matrix.length;
  const a = matrix.map((row) => Float64Array.from(row));
  if (a.some((row) => row.length !== n)) {
    throw new EigenError("size-mismatch", `expected ${n} rows of length ${n}`);
  }
  check(n > 0, "the matrix is empty");
  const offDiagonal = new Float64Array(n);
  const basis = identity(n);
  const reflectors: [Float64Array, number][] = [];

  for (let i = n - 1; i > 0; i--) {
    const v = a[i]!.slice(0, i);
    const largest = v.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const head = v.subarray(0, i - 1).some((value) => value !== 0);
    if (!head || !Number.isFinite(largest)) {
      offDiagonal[i - 1] = v[i - 1]!;
      continue;
    }
    // Scaled by the largest entry, so that the squares stay in range.
    let norm = 0;
    for (let j = 0; j < i; j++) norm += (v[j]! /= largest) ** 2;
    norm = Math.sqrt(norm);
    const last = v[i - 1]! < 0 ? -norm : norm;
    offDiagonal[i - 1] = -last * largest;
    v[i - 1]! += last;
    const factor = 1 / (norm * Math.abs(v[i - 1]!)); // 2 / vᵀv
    reflectTwoSided(a, v, factor);
    reflectors.push([v, factor]);
  }
  for (const [v, factor] of reflectors.reverse()) reflectRows(basis, v, factor);
  return { diagonal: Float64Array.from(a, (row, i) => row[i]!), offDiagonal, basis };
}

/** A ← H·A·H on the leading block, H = I − factor·v·vᵀ; only the lower triangle is kept. */
function reflectTwoSided(a: Float64Array[], v: Float64Array, factor: number): void {
  const m = v.length;
  const p = new Float64Array(m);
  for (let i = 0; i < m; i++) {
    const row = a[i]!;
    let sum = row[i]! * v[i]!;
    for (let j = 0; j < i; j++) {
      sum += row[j]! * v[j]!;
      p[j]! += row[j]! * v[i]!;
    }
    p[i]! += sum;
  }
  let k = 0;
  for (let i = 0; i < m; i++) k += (p[i]! *= factor) * v[i]!;
  k *= factor / 2;
  for (let i = 0; i < m; i++) p[i]! -= k * v[i]!;
  for (let i = 0; i < m; i++) {
    const row = a[i]!;
    for (let j = 0; j <= i; j++) row[j]! -= v[i]! * p[j]! + p[i]! * v[j]!;
  }
}

/** Z ← H·Z for a matrix given by rows. */
function reflectRows(z: Float64Array[], v: Float64Array, factor: number): void {
  const width = z[0]!.length;
  const t = new Float64Array(width);
  for (let i = 0; i < v.length; i++) for (let c = 0; c < width; c++) t[c]! += v[i]! * z[i]![c]!;
  for (let i = 0; i < v.length; i++) {
    const weight = factor * v[i]!;
    const row = z[i]!;
    for (let c = 0; c < width; c++) row[c]! -= weight * t[c]!;
  }
}

/** The n rows of the identity. */
export function identity(n: number): Float64Array[] {
  return Array.from({ length: n }, (_, i) => {
    const row = new Float64Array(n);
    row[i] = 1;
    return row;
  });
}

/** Columns of a matrix given by rows. */
export function transpose(rows: readonly Float64Array[]): Float64Array[] {
  const width = rows[0]?.length ?? 0;
  return Array.from({ length: width }, (_, c) => Float64Array.from(rows, (row) => row[c]!));
}
