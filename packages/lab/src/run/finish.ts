import { join } from "node:path";
import { readAncestors } from "../report/family.js";
import { renderReport } from "../report/report.js";
import { writeWhole } from "./durable.js";
import { readRun } from "./read.js";
import { type RunSummary, summarize } from "./summary.js";

/** Writes the report of a run into its folder, and sums it up. */
export function finish(directory: string): RunSummary {
  const run = readRun(directory);
  const report = join(directory, "report.html");
  writeWhole(report, renderReport([run], { ancestors: readAncestors([run]) }));
  return summarize(run, report);
}
