/** From the columns of a table to inputs and what is learnt. */

import { sizeOf } from "../formats/numbers.js";
import { areReal } from "./answers.js";
import type { FileOptions } from "./options.js";
import { type Column, fault, type RawSamples } from "./raw.js";

/** A value of a table as its file has it; a list, perhaps of lists, where a column has several numbers. */
export type Cell =
  | string
  | number
  | bigint
  | boolean
  | Date
  | null
  | undefined
  | ArrayLike<number | bigint>
  | readonly Cell[];

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
const MISSING = /^(n\/?a|nan|null|none|\?)$/i;
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
  const texts = labels.length === 1 && hasNames(rows, label, options);
  const textAt = (row: readonly Cell[], i: number) =>
    textOf(row[label], title, () => placeOf(table, i, label));
  return {
    data: texts ? { shape: [rows.length], texts: rows.map(textAt) } : numbersOf(table, labels),
    type: texts ? "texts" : "numbers",
    title: `${title}, column ${labels.map((column) => names[column]).join(", ")}`,
    place,
  };
}

/**
 * Whether a column has names of classes. Among numbers the word for a missing value is no name; among numbers to be
 * predicted, or written with a decimal point, nothing is, unless a classification is asked for.
 */
function hasNames(rows: Table["rows"], label: number, { task, classes }: FileOptions): boolean {
  const cells = rows.map((row) => row[label]);
  const others = cells.filter((cell) => !isNumber(cell));
  if (others.length === 0 || others.length === cells.length) return others.length > 0;
  if (others.some((cell) => MISSING.test(String(cell)))) return false;
  const asked = task === "classification" || task === "binary" || classes !== undefined;
  if (asked) return true;
  const numbers = cells.filter((cell) => isNumber(cell) && !isBoolean(String(cell)));
  return !numbers.some((cell) => String(cell).includes(".")) && !areReal(numbers.map(Number));
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
  const shapes = columns.map((column) =>
    shapeOf(rows[0]![column], title, () => placeOf(table, 0, column)),
  );
  const width = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
  const values = new Float64Array(rows.length * width);
  let to = 0;
  for (const [i, row] of rows.entries()) {
    for (const [k, column] of columns.entries()) {
      const cell = row[column];
      const where = () => placeOf(table, i, column);
      const shape = shapeOf(cell, title, where);
      if (String(shape) !== String(shapes[k])) {
        throw fault(
          title,
          `${where()} has ${inWords(shape)}; the first row has ${inWords(shapes[k]!)}`,
        );
      }
      if (shape.length === 0) values[to++] = numberOf(cell, title, where);
      else {
        const own = (
          shape.length === 1 ? cell : (cell as unknown[]).flat(Number.POSITIVE_INFINITY)
        ) as Cell[];
        for (let n = 0; n < own.length; n++) {
          values[to++] = numberOf(own[n], title, () => `${where()}, number ${n}`);
        }
      }
    }
  }
  const single = columns.length === 1 && width === 1;
  return { shape: single ? [rows.length] : [rows.length, width], values };
}

const ONE_NUMBER: readonly number[] = [];

/** The lengths of a list and of the lists in it; empty of a number. @throws DatasetError for what is neither */
function shapeOf(cell: Cell, title: string, where: () => string): readonly number[] {
  if (typeof cell !== "object" || cell === null) return ONE_NUMBER;
  if (cell instanceof Date) throw fault(title, `${where()} is a date; expected a number`);
  if (typeof cell.length !== "number") {
    const fields = Object.keys(cell).slice(0, 12).join(", ");
    throw fault(
      title,
      `${where()} has the fields ${fields}; expected a number or a list of numbers`,
    );
  }
  if (typeof cell[0] !== "object" || cell[0] === null) return [cell.length];
  const inner = Array.from(cell as readonly Cell[], (one) => shapeOf(one, title, where));
  if (inner.some((shape) => String(shape) !== String(inner[0]))) {
    throw fault(title, `${where()} has lists of different lengths; expected lists of one length`);
  }
  return [cell.length, ...inner[0]!];
}

function inWords(shape: readonly number[]): string {
  return shape.length > 1 ? `numbers of shape [${shape}]` : `${sizeOf(shape)} numbers`;
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
    cell === null || cell === undefined || cell === "" || MISSING.test(String(cell));
  const shown = typeof cell === "string" ? JSON.stringify(cell.slice(0, 40)) : String(cell);
  throw fault(
    title,
    `${where()} ${isMissing ? "has no value" : `is ${shown}`}; expected a finite number${isMissing ? "" : " (leave out a column of texts by drop: [NAME]; to learn names of classes add label: NAME, task: classification)"}`,
  );
}

function textOf(cell: Cell, title: string, where: () => string): string {
  const text = cell === null || cell === undefined ? "" : String(cell);
  if (text.trim() === "") throw fault(title, `${where()} has no label`);
  return text;
}
