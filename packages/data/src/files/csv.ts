/** Reads tables of text: CSV, TSV. */

import { basename } from "node:path";
import { type CsvError, parse } from "csv-parse/sync";
import { samplesOf, type Table } from "./columns.js";
import { readWhole } from "./disk.js";
import type { ReadTask } from "./fileDataset.js";
import type { FileOptions } from "./options.js";
import { fault, type RawData } from "./raw.js";

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
  const isText = (cell: string) =>
    cell !== "" && Number.isNaN(Number(cell)) && !/^(true|false|na|nan|null)$/i.test(cell);
  const head = parsed[0]!.record;
  // A first line of texts alone is names; one with numbers is a sample, whose label may be a text.
  const header = options.header ?? head.every((cell) => cell === "" || isText(cell));
  const names = header
    ? head.map((name, i) => (name === "" ? `column ${i}` : name))
    : head.map((_, i) => String(i));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw fault(title, `line 1: two columns have the name ${twice}`);
  const records = header ? parsed.slice(1) : parsed;
  const rows = records.map(({ record }) => record);
  const place = (row: number) => `line ${records[row]!.info.lines}`;
  const table = { title, names, rows, place };
  const counts = header && head[0] === "" && rows.every(([cell], i) => cell === String(i));
  if (!counts) return table;
  return {
    ...table,
    names: names.slice(1),
    rows: rows.map((row) => row.slice(1)),
    notes: [`the first column of ${title}, without a name, counts the rows: it is left out`],
  };
}

function textOf(bytes: Uint8Array, title: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw fault(title, "it is not a text in UTF-8; write it with encoding utf-8");
  }
}
