import { writeFileSync } from "node:fs";
import { writePieces } from "@eoss/lab";
import { csv } from "@eoss/report";
import type { ExportedRun } from "./exportedRun.js";
import { METRIC_COLUMNS, metricRows } from "./metricRows.js";

/** All measurements as comma-separated values, one a line. */
export function writeCsv(runs: Iterable<ExportedRun>, path: string): string[] {
  writePieces(path, (file) => {
    writeFileSync(file, `${Object.keys(METRIC_COLUMNS).join(",")}\n`);
    for (const run of runs) {
      const text = csv(metricRows(run));
      writeFileSync(file, text.slice(text.indexOf("\n") + 1));
    }
  });
  return [path];
}
