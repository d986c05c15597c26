/** Columns of a table that number its rows: they say nothing about the samples. */

import type { Cell, Table } from "./columns.js";
import type { FileOptions } from "./options.js";

/** Where a program wrote the index of its table: a column without a name, read again, or of Parquet. */
const INDEX = /^(column 0|Unnamed: 0|__index_level_\d+__)$/;

/**
 * A table without the index that was written into it: of such a name, and a whole number of its own in each row.
 * Any other column that counts the rows is named in the notes. What options name stays.
 */
export function withoutRowNumbers(table: Table, { x, label, drop }: FileOptions): Table {
  const asked = [x, label].flat();
  const { title, names, rows } = table;
  const isIndex = (name: string, column: number) =>
    INDEX.test(name) && !asked.includes(name) && areDistinct(rows.map((row) => row[column]));
  const kept = [...names.keys()].filter((column) => !isIndex(names[column]!, column));
  const left = names.filter((_, column) => !kept.includes(column));
  const counting = kept.filter(
    (column) =>
      x === undefined &&
      rows.length > 2 &&
      !drop?.includes(names[column]!) &&
      countsRows(rows.map((row) => row[column])),
  );
  const notes = [
    ...(table.notes ?? []),
    ...left.map((name) => `${name} of ${title} is the index of its rows: it is left out`),
    ...counting.map(
      (column) =>
        `${names[column]} of ${title} counts the rows; if it is no input, leave it out: drop: [${names[column]}]`,
    ),
  ];
  if (left.length === 0) return { ...table, notes };
  return {
    ...table,
    names: kept.map((column) => names[column]!),
    rows: rows.map((row) => kept.map((column) => row[column])),
    notes,
  };
}

function areDistinct(cells: readonly Cell[]): boolean {
  return cells.every(isWhole) && new Set(cells.map(Number)).size === cells.length;
}

function countsRows(cells: readonly Cell[]): boolean {
  const first = Number(cells[0]);
  const begins = first === 0 || first === 1;
  return begins && cells.every((cell, row) => isWhole(cell) && Number(cell) === first + row);
}

function isWhole(cell: Cell): boolean {
  return typeof cell === "string"
    ? /^\d+$/.test(cell)
    : typeof cell === "bigint" || Number.isInteger(cell);
}
