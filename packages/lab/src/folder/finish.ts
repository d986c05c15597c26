import { statSync } from "node:fs";
import { join } from "node:path";
import { type RunSummary, renderReport, summarize } from "@eoss/report";
import { readAncestors } from "./ancestors.js";
import { writeWhole } from "./durable.js";
import { readRun } from "./read.js";

/** Writes the report of a run into its folder, and sums it up. */
export function finish(directory: string): RunSummary {
  const run = readRun(directory);
  const report = reportOf(directory);
  writeWhole(report, renderReport([run], { ancestors: readAncestors([run]) }));
  return summarize(run, report);
}

/** Whether the report was written after the run's end. */
export function isReported(directory: string): boolean {
  const timeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return timeOf(reportOf(directory)) >= timeOf(join(directory, "run.json"));
}

function reportOf(directory: string): string {
  return join(directory, "report.html");
}
