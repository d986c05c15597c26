import { writeFileSync } from "node:fs";
import { writePieces } from "@eoss/lab";
import { ByteWriter, parquetWriteRows } from "hyparquet-writer";
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
  writePieces(path, (file) => {
    parquetWriteRows({
      writer: new FileWriter(file),
      rows: cells(runs),
      columns,
      rowGroupSize: GROUP,
      createdBy: "eoss",
    });
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
