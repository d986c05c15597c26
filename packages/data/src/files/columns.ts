/** From the columns of a table to inputs and what is learnt. */

import type { FileOptions } from "./options.js";
import { type Column, fault, type RawSamples } from "./raw.js";

/** A value of a table as its file has it; a list where a column has several numbers. */
export type Cell =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | ArrayLike<number | bigint>;

/** A table whose rows all have a value for each column. */
export interface Table {
  /** For messages: the name of the file. */
  readonly title: string;
  readonly names: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Where a row stands: `line 9`. */
  readonly place: (row: number) => string;
  readonly notes?: readonly string[];
}

/** Columns that people call so hold what is learnt; else it is the last one. */
const LABELS = ["label", "labels", "target", "class", "y"];
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/**
 * Inputs and what is learnt from a table.
 *
 * @throws DatasetError naming the row and the column whose value is none
 */
export function samplesOf(table: Table, options: FileOptions): RawSamples {
  return { inputs: inputsIn(table, options), answers: answersIn(table, options) };
}

function inputsIn(table: Table, options: FileOptions): Column {
  const { title, names, place } = table;
  const apart = [...labelsOf(names, options.label), ...(options.drop ?? [])].map(finder(table));
  const asked = options.x === undefined ? names : [options.x].flat();
  const columns = asked.map(finder(table)).filter((column) => !apart.includes(column));
  if (columns.length === 0) {
    throw fault(title, `no column is left for the inputs; it has: ${names.join(", ")}`);
  }
  return {
    data: numbersOf(table, columns),
    type: "numbers",
    title: `${title}, ${columns.length} of ${names.length} columns`,
    place,
  };
}

/** What is learnt: the column that options name, or else looks like it. */
export function answersIn(table: Table, options: FileOptions): Column {
  const { title, names, rows, place } = table;
  if (rows.length === 0) throw fault(title, "it has no row of values");
  const labels = labelsOf(names, options.label).map(finder(table));
  const [label] = labels as [number];
  const texts = labels.length === 1 && rows.some((row) => !isNumber(row[label]));
  const textAt = (row: readonly Cell[], i: number) =>
    textOf(row[label], title, () => placeOf(table, i, label));
  return {
    data: texts ? { shape: [rows.length], texts: rows.map(textAt) } : numbersOf(table, labels),
    type: texts ? "texts" : "numbers",
    title: `${title}, column ${labels.map((column) => names[column]).join(", ")}`,
    place,
  };
}

/** The place of a column by its name. */
function finder({ title, names }: Table) {
  return (name: string): number => {
    const found = names.indexOf(name);
    if (found >= 0) return found;
    const list = names.slice(0, 40).join(", ");
    throw fault(title, `it has no column "${name}"; it has: ${list}`);
  };
}

function placeOf({ place, names }: Table, row: number, column: number): string {
  return `${place(row)}, column ${names[column]}`;
}

function labelsOf(names: readonly string[], label: FileOptions["label"]): string[] {
  if (label !== undefined) return [label].flat();
  const found = LABELS.map((known) => names.find((name) => name.toLowerCase() === known)).find(
    (name) => name !== undefined,
  );
  return [found ?? names.at(-1)!];
}

/** Some columns as numbers, row by row; a list counts as so many columns. */
function numbersOf(table: Table, columns: readonly number[]) {
  const { title, rows } = table;
  if (rows.length === 0) throw fault(title, "it has no row of values");
  const widths = columns.map((column) => widthOf(rows[0]![column]));
  const width = widths.reduce((sum, n) => sum + n, 0);
  const values = new Float64Array(rows.length * width);
  let to = 0;
  for (const [i, row] of rows.entries()) {
    for (const [k, column] of columns.entries()) {
      const cell = row[column];
      const where = () => placeOf(table, i, column);
      if (widthOf(cell) !== widths[k]) {
        throw fault(
          title,
          `${where()} has ${widthOf(cell)} numbers; the first row has ${widths[k]}`,
        );
      }
      if (typeof cell !== "object" || cell === null) values[to++] = numberOf(cell, title, where);
      else {
        for (let n = 0; n < cell.length; n++) {
          values[to++] = numberOf(cell[n], title, () => `${where()}, number ${n}`);
        }
      }
    }
  }
  const single = columns.length === 1 && widths[0] === 1;
  return { shape: single ? [rows.length] : [rows.length, width], values };
}

function widthOf(cell: Cell): number {
  return typeof cell === "object" && cell !== null ? cell.length : 1;
}

function isNumber(cell: Cell): boolean {
  return typeof cell === "string"
    ? isBoolean(cell) || NUMBER.test(cell)
    : cell !== null && cell !== undefined;
}

function isBoolean(text: string): boolean {
  return /^(true|false)$/i.test(text);
}

function numberOf(cell: Cell, title: string, where: () => string): number {
  const number =
    typeof cell === "string"
      ? isBoolean(cell)
        ? Number(cell.toLowerCase() === "true")
        : NUMBER.test(cell)
          ? Number(cell)
          : Number.NaN
      : cell === null || cell === undefined
        ? Number.NaN
        : Number(cell);
  if (Number.isFinite(number)) {
    const whole = typeof cell === "bigint" || /^[+-]?\d+$/.test(String(cell));
    if (!whole || Number.isSafeInteger(number)) return number;
    throw fault(
      title,
      `${where()} is ${cell}, an integer beyond 2^53, which float64 does not hold`,
    );
  }
  const isMissing =
    cell === null ||
    cell === undefined ||
    cell === "" ||
    /^(na|nan|null|none|\?)$/i.test(String(cell));
  const shown = typeof cell === "string" ? JSON.stringify(cell.slice(0, 40)) : String(cell);
  throw fault(
    title,
    `${where()} ${isMissing ? "has no value" : `is ${shown}`}; expected a finite number${isMissing ? "" : " (leave out a column of texts by drop: [NAME], or learn it by label: NAME)"}`,
  );
}

function textOf(cell: Cell, title: string, where: () => string): string {
  const text = cell === null || cell === undefined ? "" : String(cell);
  if (text.trim() === "") throw fault(title, `${where()} has no label`);
  return text;
}
