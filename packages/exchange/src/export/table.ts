import type { ExportedRun } from "./exportedRun.js";
import { METRIC_COLUMNS, metricRows } from "./metricRows.js";
import { PART_COLUMNS, partRows } from "./partRows.js";

type ColumnKind = "text" | "integer" | "number";

/** A table that runs give: its columns in their order, and its rows. */
export interface Table {
  readonly columns: Readonly<Record<string, ColumnKind>>;
  rows(run: ExportedRun): Iterable<object>;
}

const METRICS: Table = { columns: METRIC_COLUMNS, rows: metricRows };
const PARTS: Table = { columns: PART_COLUMNS, rows: partRows };

/**
 * Writes the measurements, and beside them, where records have any, their further numbers:
 * `metrics.csv` and `metrics.parts.csv`.
 *
 * @returns the files that were written
 */
export function writeTables(
  runs: Iterable<ExportedRun>,
  path: string,
  write: (table: Table, runs: Iterable<ExportedRun>, path: string) => void,
): string[] {
  let hasParts = false;
  write(
    METRICS,
    noting(runs, (run) => (hasParts ||= run.records.some(hasPart))),
    path,
  );
  if (!hasParts) return [path];
  const beside = partsPath(path);
  // The runs are read again: one at a time is in memory.
  write(PARTS, runs, beside);
  return [path, beside];
}

function* noting(runs: Iterable<ExportedRun>, note: (run: ExportedRun) => void) {
  for (const run of runs) {
    note(run);
    yield run;
  }
}

function hasPart({ parts }: ExportedRun["records"][number]): boolean {
  return parts !== undefined && Object.keys(parts).length > 0;
}

/** `DIR/metrics.csv` → `DIR/metrics.parts.csv`. */
function partsPath(path: string): string {
  return path.replace(/(\.[^./\\]+)?$/, ".parts$1");
}
