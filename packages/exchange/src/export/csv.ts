import { closeSync, openSync, writeSync } from "node:fs";
import { csv } from "@eoss/lab";
import type { ExportedRun } from "./exportedRun.js";
import { METRIC_COLUMNS, metricRows } from "./metricRows.js";

/** All measurements as comma-separated values, one a line. */
export function writeCsv(runs: Iterable<ExportedRun>, path: string): string[] {
  const file = openSync(path, "w");
  try {
    writeSync(file, `${Object.keys(METRIC_COLUMNS).join(",")}\n`);
    for (const run of runs) {
      const text = csv(metricRows(run));
      writeSync(file, text.slice(text.indexOf("\n") + 1));
    }
  } finally {
    closeSync(file);
  }
  return [path];
}
