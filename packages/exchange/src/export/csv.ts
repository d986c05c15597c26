import { writeFileSync } from "node:fs";
import { writePieces } from "@eoss/lab";
import { csvLine } from "@eoss/report";
import type { ExportedRun } from "./exportedRun.js";
import { type Table, writeTables } from "./table.js";

/** All measurements as comma-separated values, one a line, and their further numbers beside them. */
export function writeCsv(runs: Iterable<ExportedRun>, path: string): string[] {
  return writeTables(runs, path, writeTable);
}

function writeTable({ columns, rows }: Table, runs: Iterable<ExportedRun>, path: string): void {
  const names = Object.keys(columns);
  writePieces(path, (file) => {
    writeFileSync(file, csvLine(names));
    for (const run of runs) {
      let text = "";
      for (const row of rows(run)) {
        text += csvLine(names.map((name) => (row as Record<string, unknown>)[name]));
      }
      writeFileSync(file, text);
    }
  });
}
