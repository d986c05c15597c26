import { EigenError } from "../error.js";
import type { SyncOperator } from "../operator.js";

/** A sparse matrix in compressed rows; both triangles are stored. */
export interface CsrMatrix {
  readonly n: number;
  /** Where each row begins, [n + 1]. */
  readonly rowStart: ArrayLike<number>;
  /** Column of each entry, [nnz]. */
  readonly columns: ArrayLike<number>;
  /** [nnz] */
  readonly values: ArrayLike<number>;
}

/**
 * A sparse symmetric matrix in compressed-row form; one product costs nnz multiplications.
 *
 * @throws EigenError "size-mismatch" if the arrays do not fit together or a column is out of range
 */
export function csrOperator({ n, rowStart, columns, values }: CsrMatrix): SyncOperator {
  const entries = rowStart[n];
  if (
    rowStart.length !== n + 1 ||
    rowStart[0] !== 0 ||
    entries !== columns.length ||
    entries !== values.length
  ) {
    throw new EigenError("size-mismatch", "rowStart, columns and values do not fit together");
  }
  for (let i = 0; i < n; i++) {
    if (rowStart[i]! > rowStart[i + 1]!) {
      throw new EigenError("size-mismatch", `rowStart falls at row ${i}`);
    }
  }
  for (let p = 0; p < columns.length; p++) {
    if (!(columns[p]! >= 0 && columns[p]! < n)) {
      throw new EigenError("size-mismatch", `column ${columns[p]} is outside 0…${n - 1}`);
    }
  }
  return {
    n,
    apply(x, out) {
      let p = 0;
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (const end = rowStart[i + 1]!; p < end; p++) sum += values[p]! * x[columns[p]!]!;
        out[i] = sum;
      }
    },
  };
}

/**
 * Compressed rows from a list of entries (row, column, value); repeated positions add up. Entries
 * off the diagonal are mirrored, so that each pair is given once.
 */
export function csrFromEntries(
  n: number,
  entries: Iterable<readonly [row: number, column: number, value: number]>,
): CsrMatrix {
  const rows: Map<number, number>[] = Array.from({ length: n }, () => new Map());
  const add = (i: number, j: number, value: number) => {
    const row = rows[i];
    if (!row || !(j >= 0 && j < n)) {
      throw new EigenError("size-mismatch", `entry (${i}, ${j}) is outside 0…${n - 1}`);
    }
    row.set(j, (row.get(j) ?? 0) + value);
  };
  for (const [i, j, value] of entries) {
    add(i, j, value);
    if (i !== j) add(j, i, value);
  }
  const rowStart = new Uint32Array(n + 1);
  for (let i = 0; i < n; i++) rowStart[i + 1] = rowStart[i]! + rows[i]!.size;
  const columns = new Uint32Array(rowStart[n]!);
  const values = new Float64Array(rowStart[n]!);
  for (let i = 0; i < n; i++) {
    const sorted = [...rows[i]!].sort(([a], [b]) => a - b);
    for (const [offset, [j, value]] of sorted.entries()) {
      columns[rowStart[i]! + offset] = j;
      values[rowStart[i]! + offset] = value;
    }
  }
  return { n, rowStart, columns, values };
}
