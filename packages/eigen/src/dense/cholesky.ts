/** Cholesky factorisation of small dense matrices. */

import { EigenError } from "../solver/error.js";
import type { DenseMatrix } from "./symmetric.js";

/**
 * Lower triangular L with A = L·Lᵀ, for a small positive definite matrix.
 *
 * Only the lower triangle of A is read.
 *
 * @param matrix n rows of n numbers
 * @returns n rows of n numbers, zero above the diagonal
 * @throws EigenError "not-positive-definite", naming the pivot
 * @see Golub & Van Loan (2013), Matrix Computations, §4.2
 * @example
 * cholesky([[4, 2], [2, 5]]); // [[2, 0], [1, 2]]
 */
export function cholesky(matrix: DenseMatrix): Float64Array[] {
  const n = matrix.length;
  const l = Array.from({ length: n }, () => new Float64Array(n));
  for (let i = 0; i < n; i++) {
    const row = l[i]!;
    if (matrix[i]!.length !== n) {
      throw new EigenError("size-mismatch", `expected ${n} rows of length ${n}`);
    }
    for (let j = 0; j <= i; j++) {
      const other = l[j]!;
      let rest = matrix[i]![j]!;
      for (let k = 0; k < j; k++) rest -= row[k]! * other[k]!;
      if (j < i) row[j] = rest / other[j]!;
      else if (rest > 0) row[i] = Math.sqrt(rest);
      else throw new EigenError("not-positive-definite", `pivot ${i} is ${rest}, not positive`);
    }
  }
  return l;
}

/**
 * x with L·Lᵀ·x = b, for the factor that `cholesky` returns.
 * @example
 * choleskySolve(cholesky([[4, 2], [2, 5]]), [8, 12]); // [1, 2]
 */
export function choleskySolve(factor: readonly Float64Array[], b: ArrayLike<number>): Float64Array {
  const n = factor.length;
  const x = Float64Array.from(b);
  if (x.length !== n) throw new EigenError("size-mismatch", `b has length ${x.length}, not ${n}`);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) x[i]! -= factor[i]![j]! * x[j]!;
    x[i]! /= factor[i]![i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let j = i + 1; j < n; j++) x[i]! -= factor[j]![i]! * x[j]!;
    x[i]! /= factor[i]![i]!;
  }
  return x;
}
