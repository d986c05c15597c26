import { writeFileSync } from "node:fs";
import { writePieces } from "@eoss/lab";
import { ByteWriter, parquetWriteRows } from "hyparquet-writer";
import type { ExportedRun } from "./exportedRun.js";
import { type Table, writeTables } from "./table.js";

const TYPES = { text: "STRING", integer: "INT64", number: "DOUBLE" } as const;

/** Fields of one row group: what is in memory at a time. */
const GROUP = 100_000; // rows

/** All measurements as an Apache Parquet file, one a row, and their further numbers beside it. */
export function writeParquet(runs: Iterable<ExportedRun>, path: string): string[] {
  return writeTables(runs, path, writeTable);
}

/** Written in groups of rows. */
function writeTable(table: Table, runs: Iterable<ExportedRun>, path: string): void {
  const columns = Object.entries(table.columns).map(([name, kind]) => ({
    name,
    type: TYPES[kind],
  }));
  writePieces(path, (file) => {
    parquetWriteRows({
      writer: new FileWriter(file),
      rows: cells(table, runs),
      columns,
      rowGroupSize: GROUP,
      createdBy: "eoss",
    });
  });
}

function* cells(
  { columns, rows }: Table,
  runs: Iterable<ExportedRun>,
): Generator<Record<string, unknown>> {
  const integers = Object.keys(columns).filter((name) => columns[name] === "integer");
  for (const run of runs) {
    for (const row of rows(run)) yield withBigInts(row as Record<string, unknown>, integers);
  }
}

/** Parquet's 64-bit integers are BigInts here. */
function withBigInts(row: Readonly<Record<string, unknown>>, integers: readonly string[]) {
  const wide = { ...row };
  for (const name of integers) {
    const value = row[name];
    wide[name] = typeof value === "number" ? BigInt(value) : null;
  }
  return wide;
}

/** Collects what is written, and hands it to a file that is open after each group of rows. */
class FileWriter extends ByteWriter {
  constructor(readonly file: number) {
    super();
  }

  flush(): void {
    writeFileSync(this.file, this.getBytes());
    this.index = 0;
  }

  override finish(): void {
    this.flush();
  }
}
