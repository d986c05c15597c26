/** Operators from sparse matrices. */

import { checkCount, checkNumber, EigenError } from "../solver/error.js";
import { checkNames } from "../solver/names.js";
import { checkEntry, checkMirrored } from "./dense.js";
import type { SyncOperator } from "./operator.js";

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
 * Both triangles must be stored, as `csrFromEntries` does: a solver refuses half of a matrix as not
 * symmetric.
 *
 * @throws EigenError "size-mismatch" if the arrays do not fit together or a column is out of range,
 *   "not-finite" if a value is NaN or Infinity
 */
export function csrOperator({ n, rowStart, columns, values }: CsrMatrix): SyncOperator {
  checkCount("n", n);
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
    if (!(Number.isInteger(rowStart[i]) && rowStart[i]! <= rowStart[i + 1]!)) {
      throw new EigenError("size-mismatch", `rowStart falls at row ${i}, or is no whole number`);
    }
    for (let p = rowStart[i]!; p < rowStart[i + 1]!; p++) {
      checkIndex(columns[p]!, n, `a column of row ${i}`);
      checkEntry(values[p]!, i, columns[p]!);
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
 * Which entries of a symmetric matrix a list holds.
 *
 * - "upper", "lower": one triangle and the diagonal; mirrored.
 * - "either": each pair in whichever triangle; mirrored, and (i, j) adds up with (j, i), as the edges
 *   of a graph do.
 * - "both": all entries. Mirrored ones must agree up to rounding, and become their mean.
 * - "general": all entries of a matrix that need not be symmetric.
 */
export type GivenEntries = "upper" | "lower" | "either" | "both" | "general";

/** Settings of `csrFromEntries`. */
export interface EntriesOptions {
  /** Default: as "either", but a pair that is given in both triangles is refused as ambiguous. */
  readonly given?: GivenEntries;
  /** Largest difference of mirrored entries with "both"; see `denseOperator`. Default 1e-12. */
  readonly symmetryTol?: number;
}

/**
 * Compressed rows from a list of entries (row, column, value); repeated positions add up.
 *
 * Unless `given` says otherwise, each pair of entries off the diagonal is given once, in either
 * triangle, and is mirrored. A list that has both (i, j) and (j, i) is refused: it may be the whole
 * matrix, or two contributions to one pair, and the one is twice the other.
 *
 * @throws EigenError "size-mismatch" on a position out of range, "not-finite", "not-symmetric",
 *   "bad-setting" on an entry in a triangle where none should be, or an ambiguous pair
 */
export function csrFromEntries(
  n: number,
  entries: Iterable<readonly [row: number, column: number, value: number]>,
  options: EntriesOptions = {},
): CsrMatrix {
  checkNames("csrFromEntries(n, entries, …)", options, "given symmetryTol");
  const { given, symmetryTol = 1e-12 } = options;
  const kinds = ["upper", "lower", "either", "both", "general", undefined];
  if (!kinds.includes(given)) {
    throw new EigenError("bad-setting", `given must be one of ${kinds.join(" ")}, got ${given}`);
  }
  checkNumber("symmetryTol", symmetryTol, 0);
  checkCount("n", n);

  const rows: Map<number, number>[] = Array.from({ length: n }, () => new Map());
  for (const [i, j, value] of entries) {
    checkIndex(i, n, "row of an entry");
    checkIndex(j, n, "column of an entry");
    checkEntry(value, i, j);
    if ((given === "upper" && i > j) || (given === "lower" && i < j)) {
      throw new EigenError("bad-setting", `entry (${i}, ${j}) is not in the ${given} triangle`);
    }
    const [row, column] = given === "either" && i > j ? [j, i] : [i, j];
    rows[row]!.set(column, (rows[row]!.get(column) ?? 0) + value);
  }
  if (given === "both") average(rows, symmetryTol);
  else if (given !== "general") mirror(rows);
  return compressed(rows);
}

/** Each entry aᵢⱼ gets its mirrored aⱼᵢ. */
function mirror(rows: readonly Map<number, number>[]): void {
  for (const [i, row] of rows.entries()) {
    for (const [j, value] of row) {
      const other = rows[j]!;
      // Rows below i have been mirrored already: what they and this one share is their own doing.
      if (j > i && other.has(i)) ambiguous(i, j);
      other.set(i, value);
    }
  }
}

function ambiguous(i: number, j: number): never {
  throw new EigenError(
    "bad-setting",
    `(${i}, ${j}) and (${j}, ${i}) are both given: say given: "both" if the list is the whole matrix, given: "either" if the two add up`,
  );
}

/** Mirrored entries become their mean. */
function average(rows: readonly Map<number, number>[], symmetryTol: number): void {
  for (const [i, row] of rows.entries()) {
    for (const [j, value] of row) {
      const mirrored = rows[j]!.get(i) ?? 0;
      if (mirrored === value) continue;
      const diagonal = (rows[i]!.get(i) ?? 0) * (rows[j]!.get(j) ?? 0);
      checkMirrored(value, mirrored, [i, j], Math.sqrt(Math.abs(diagonal)), symmetryTol);
      const mean = value / 2 + mirrored / 2;
      row.set(j, mean);
      rows[j]!.set(i, mean);
    }
  }
}

function compressed(rows: readonly Map<number, number>[]): CsrMatrix {
  const n = rows.length;
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

function checkIndex(index: number, n: number, what: string): void {
  if (Number.isInteger(index) && index >= 0 && index < n) return;
  throw new EigenError("size-mismatch", `${what} is ${index}, not one of 0…${n - 1}`);
}
