import { fileWriter, parquetWriteRows } from "hyparquet-writer";
import type { ExportedRun } from "./exportedRun.js";
import { METRIC_COLUMNS, type MetricRow, metricRows } from "./metricRows.js";

const TYPES = { text: "STRING", integer: "INT64", number: "DOUBLE" } as const;

/** Fields of one row group: what is in memory at a time. */
const GROUP = 100_000; // rows

/** All measurements as an Apache Parquet file, one a row; written in groups of rows. */
export function writeParquet(runs: Iterable<ExportedRun>, path: string): string[] {
  const columns = Object.entries(METRIC_COLUMNS).map(([name, kind]) => ({
    name,
    type: TYPES[kind],
  }));
  parquetWriteRows({
    writer: fileWriter(path),
    rows: cells(runs),
    columns,
    rowGroupSize: GROUP,
    createdBy: "eoss",
  });
  return [path];
}

function* cells(runs: Iterable<ExportedRun>): Generator<Record<string, unknown>> {
  for (const run of runs) {
    for (const row of metricRows(run)) yield withBigInts(row);
  }
}

/** Parquet's 64-bit integers are BigInts here. */
function withBigInts(row: MetricRow): Record<string, unknown> {
  return { ...row, batch: BigInt(row.batch), step: BigInt(row.step) };
}
