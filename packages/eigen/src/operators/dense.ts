import type { DenseMatrix } from "../dense/symmetric.js";
import { EigenError } from "../error.js";
import type { SyncOperator } from "../operator.js";

/**
 * A symmetric matrix given by all its entries.
 *
 * @param matrix n rows of n numbers, or n² numbers row after row; not copied
 * @throws EigenError "size-mismatch" if it is not square, "not-symmetric" if it is not symmetric
 */
export function denseOperator(matrix: DenseMatrix | Float64Array | Float32Array): SyncOperator {
  const rows = ArrayBuffer.isView(matrix) ? splitRows(matrix) : matrix;
  const n = rows.length;
  for (const [i, row] of rows.entries()) {
    if (row.length !== n) {
      throw new EigenError("size-mismatch", `row ${i} has length ${row.length}, expected ${n}`);
    }
    for (let j = 0; j < i; j++) {
      if (row[j] !== rows[j]![i]) {
        throw new EigenError("not-symmetric", `entries (${i}, ${j}) and (${j}, ${i}) differ`);
      }
    }
  }
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

function splitRows(entries: Float64Array | Float32Array): (Float64Array | Float32Array)[] {
  const n = Math.round(Math.sqrt(entries.length));
  if (n * n !== entries.length) {
    throw new EigenError("size-mismatch", `${entries.length} entries do not make a square matrix`);
  }
  return Array.from({ length: n }, (_, i) => entries.subarray(i * n, (i + 1) * n));
}
