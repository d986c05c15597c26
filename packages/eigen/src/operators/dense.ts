/** Operators from dense matrices. */

import type { DenseMatrix } from "../dense/symmetric.js";
import { checkNumber, EigenError } from "../solver/error.js";
import { checkNames } from "../solver/names.js";
import type { SyncOperator } from "./operator.js";

/** Settings of `denseOperator`. */
export interface DenseOptions {
  /**
   * Largest |aᵢⱼ − aⱼᵢ|, relative to the largest of |aᵢⱼ|, |aⱼᵢ| and √|aᵢᵢ·aⱼⱼ|, that is taken for
   * rounding; default 1e-12. The operator is then (A + Aᵀ)/2.
   */
  readonly symmetryTol?: number;
}

/**
 * A symmetric matrix given by all its entries.
 *
 * Where two mirrored entries differ by no more than rounding, the operator is (A + Aᵀ)/2. Relative
 * to each pair of entries and its diagonal, so that a small block of a graded matrix is held to its
 * own size.
 *
 * @param matrix n rows of n numbers, or n² numbers row after row; not copied if it is symmetric
 * @throws EigenError "size-mismatch" if it is not square, "not-symmetric" if it is not symmetric,
 *   "not-finite" if it holds NaN or Infinity
 * @example
 * lanczos()(denseOperator([[2, 1], [1, 2]])).values; // [3]
 */
export function denseOperator(
  matrix: DenseMatrix | Float64Array | Float32Array,
  options: DenseOptions = {},
): SyncOperator {
  checkNames("denseOperator(matrix, …)", options, "symmetryTol");
  const { symmetryTol = 1e-12 } = options;
  checkNumber("symmetryTol", symmetryTol, 0);
  const rows = symmetrized(
    ArrayBuffer.isView(matrix) ? splitRows(matrix) : squareRows(matrix),
    symmetryTol,
  );
  const n = rows.length;
  return {
    n,
    apply(x, out) {
      for (let i = 0; i < n; i++) {
        const row = rows[i]!;
        let sum = 0;
        for (let j = 0; j < n; j++) sum += row[j]! * x[j]!;
        out[i] = sum;
      }
    },
  };
}

/**
 * The rows themselves if they are symmetric, else those of (A + Aᵀ)/2.
 *
 * @throws EigenError "not-symmetric", "not-finite"
 */
function symmetrized(rows: DenseMatrix, symmetryTol: number): DenseMatrix {
  const n = rows.length;
  let copy: Float64Array[] | undefined;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const a = rows[i]![j]!;
      const b = rows[j]![i]!;
      checkEntry(a, i, j);
      checkEntry(b, j, i);
      if (a === b) continue;
      checkMirrored(a, b, [i, j], Math.sqrt(Math.abs(rows[i]![i]! * rows[j]![j]!)), symmetryTol);
      copy ??= rows.map((row) => Float64Array.from(row));
      copy[i]![j] = copy[j]![i] = a / 2 + b / 2;
    }
  }
  return copy ?? rows;
}

/**
 * Refuses entries aᵢⱼ and aⱼᵢ that differ by more than rounding.
 *
 * @param between √|aᵢᵢ·aⱼⱼ|
 * @throws EigenError "not-symmetric"
 */
export function checkMirrored(
  a: number,
  b: number,
  [i, j]: readonly [number, number],
  between: number,
  symmetryTol: number,
): void {
  const size = Math.max(Math.abs(a), Math.abs(b), between);
  if (Math.abs(a - b) <= symmetryTol * size) return;
  throw new EigenError(
    "not-symmetric",
    `entries (${i}, ${j}) and (${j}, ${i}) differ: ${a} and ${b}; if that is rounding, give a symmetryTol above ${symmetryTol}`,
  );
}

/** Throws EigenError "not-finite" unless the entry is a finite number. */
export function checkEntry(value: number, i: number, j: number): void {
  if (Number.isFinite(value)) return;
  throw new EigenError("not-finite", `entry (${i}, ${j}) is ${value}`);
}

function squareRows(rows: DenseMatrix): DenseMatrix {
  const n = rows.length;
  for (const [i, row] of rows.entries()) {
    if (row?.length === n) continue;
    throw new EigenError("size-mismatch", `row ${i} has length ${row?.length}, expected ${n}`);
  }
  return rows;
}

function splitRows(entries: Float64Array | Float32Array): (Float64Array | Float32Array)[] {
  const n = Math.round(Math.sqrt(entries.length));
  if (n * n !== entries.length) {
    throw new EigenError("size-mismatch", `${entries.length} entries do not make a square matrix`);
  }
  return Array.from({ length: n }, (_, i) => entries.subarray(i * n, (i + 1) * n));
}
