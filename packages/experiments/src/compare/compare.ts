import { join } from "node:path";
import { readRun, writeWhole } from "@eoss/lab";
import { settingsKey } from "@eoss/lab/internal";
import { renderReport } from "@eoss/report";
import { checkTypedOptions, needed, text } from "@eoss/rng/internal";
import type { TrainConfig } from "@eoss/run";
import type { RunJob } from "../recipes/jobs.js";
import { MAKE_OPTIONS, type MakeOptions, makeAll } from "../recipes/makeRuns.js";
import { type Variant, variantsOf } from "./variants.js";

export interface CompareOptions extends MakeOptions {
  /** Folder of the runs and the report; runs that it holds already are used again. */
  readonly out: string;
}

export interface VariantComparison {
  readonly directory: string;
  /** Absent if it was interrupted: the same call goes on. */
  readonly report?: string;
  readonly interrupted: boolean;
  /** The first is what the others are compared with. */
  readonly variants: readonly Variant[];
}

/** The run folders of a comparison, each named by what sets the run apart and by its settings. */
function comparisonJobs(runs: ReadonlyMap<string, TrainConfig>, out: string): RunJob[] {
  return [...runs].map(([name, config]) => {
    const key = settingsKey(config);
    return { key, config, out: join(out, "runs", `${name}-${key}`), within: out };
  });
}

/**
 * Makes runs that have start, order of the data and random numbers in common, as far as their settings
 * let them, and compares where they settled. A second call goes on with what the first one left.
 *
 * @param runs by name; those of equal seed begin at the same parameters
 * @throws ConfigError, DatasetError, RunFolderError if something cannot be made as asked
 */
export async function compare(
  runs: ReadonlyMap<string, TrainConfig>,
  options: CompareOptions,
): Promise<VariantComparison> {
  checkTypedOptions("compare", options, { out: needed(text), ...MAKE_OPTIONS });
  const { out, signal } = options;
  const jobs = comparisonJobs(runs, out);
  await makeAll(jobs, [], options);
  if (signal?.aborted) return { directory: out, interrupted: true, variants: [] };
  const made = jobs.map((job) => readRun(job.out));
  const variants = variantsOf(made);
  const report = join(out, "report.html");
  writeWhole(report, renderReport(made));
  writeWhole(join(out, "comparison.json"), `${JSON.stringify(variants, null, 2)}\n`);
  return { directory: out, report, interrupted: false, variants };
}
