/** Reads tables of text: CSV, TSV. */

import { basename } from "node:path";
import { type CsvError, parse } from "csv-parse/sync";
import { samplesOf, type Table } from "./columns.js";
import { readWhole } from "./disk.js";
import type { ReadTask } from "./fileDataset.js";
import type { FileOptions } from "./options.js";
import { fault, type RawData } from "./raw.js";
import { withoutRowNumbers } from "./rowNumbers.js";

/** Beyond that the texts of the cells do not fit into memory. */
const MOST_BYTES = 2 ** 29;

/** A table of text with a row for each sample. */
export function readCsv({ path, options, beside }: ReadTask): RawData {
  const table = tableOf(path, options);
  const train = samplesOf(table, options);
  const notes = table.notes ?? [];
  if (typeof options.test !== "string") return { train, source: `table ${table.title}`, notes };
  const theirs = tableOf(beside(options.test), options);
  if (theirs.names.join("\n") !== table.names.join("\n")) {
    throw fault(
      theirs.title,
      `its columns are ${theirs.names.join(", ")}; those of ${table.title} are ${table.names.join(", ")}`,
    );
  }
  return {
    train,
    test: samplesOf(theirs, options),
    source: `tables ${table.title}, ${theirs.title}`,
    notes,
  };
}

function tableOf(path: string, options: FileOptions): Table {
  const title = basename(path);
  const bytes = readWhole(path);
  if (bytes.length > MOST_BYTES)
    throw fault(
      title,
      `it has ${bytes.length} bytes; a table has up to ${MOST_BYTES}: write it as .npz`,
    );
  const text = textOf(bytes, title);
  const first = text.slice(0, text.search(/\r|\n|$/));
  const delimiter = options.delimiter ?? ["\t", ";", ","].find((one) => first.includes(one)) ?? ",";
  let parsed: { info: { lines: number }; record: string[] }[];
  try {
    parsed = parse(text, {
      delimiter,
      bom: true,
      info: true,
      trim: true,
      skip_empty_lines: true,
    }) as never;
  } catch (error) {
    const { message, lines } = error as CsvError & { lines?: number };
    throw fault(title, `line ${lines}: ${message}`, error);
  }
  if (parsed.length === 0) throw fault(title, "it is empty");
  const head = parsed[0]!.record;
  const header =
    options.header ??
    isHeader(
      parsed.map(({ record }) => record),
      title,
    );
  const names = header
    ? head.map((name, i) => (name === "" ? `column ${i}` : name))
    : head.map((_, i) => String(i));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw fault(title, `line 1: two columns have the name ${twice}`);
  const records = header ? parsed.slice(1) : parsed;
  const rows = records.map(({ record }) => record);
  const place = (row: number) => `line ${records[row]!.info.lines}`;
  return withoutRowNumbers({ title, names, rows, place }, options);
}

/**
 * Whether the first line has the names of the columns: texts alone, or nothing. One with numbers is a sample, whose
 * label may be a text.
 *
 * @throws DatasetError where it may be either
 */
function isHeader(records: readonly string[][], title: string): boolean {
  const [head = [], ...others] = records;
  const isText = (cell: string) =>
    cell !== "" && Number.isNaN(Number(cell)) && !/^(true|false|na|nan|null)$/i.test(cell);
  if (head.every((cell) => cell === "" || isText(cell))) return true;
  const counted = head.length > 1 && head.every((cell, column) => cell === String(column));
  const alone = head.findIndex(
    (cell, column) => isText(cell) && others.every((record) => record[column] !== cell),
  );
  if (!counted && (alone < 0 || others.length === 0)) return false;
  throw fault(
    title,
    `line 1 ${counted ? "counts the columns" : `has ${JSON.stringify(head[alone]!.slice(0, 40))}, which no other line has, beside numbers`}: are these ` +
      'names or a sample? Say it: --data-options "header: true" or "header: false"',
  );
}

function textOf(bytes: Uint8Array, title: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw fault(title, "it is not a text in UTF-8; write it with encoding utf-8");
  }
}
