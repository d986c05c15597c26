import { statSync } from "node:fs";
import { join } from "node:path";
import type { RunSummary } from "@eoss/report";
import { readAncestors } from "./ancestors.js";
import { writeWhole } from "./durable.js";
import { readRun } from "./read.js";

/** Writes the report of a run into its folder, and sums it up. */
type Finish = (directory: string) => RunSummary;

/**
 * Loads what draws figures, a third of all that a command loads: not for one that is refused, but before the
 * first step, so that the report of a long run does not depend on what is installed at its end.
 */
export async function loadFinish(): Promise<Finish> {
  const { renderReport, summarize } = await import("@eoss/report");
  return (directory) => {
    const run = readRun(directory);
    const report = reportOf(directory);
    writeWhole(report, renderReport([run], { ancestors: readAncestors([run]) }));
    return summarize(run, report);
  };
}

/** Whether the report was written after the run's end. */
export function isReported(directory: string): boolean {
  const timeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return timeOf(reportOf(directory)) >= timeOf(join(directory, "run.json"));
}

function reportOf(directory: string): string {
  return join(directory, "report.html");
}
