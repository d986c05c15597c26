import { join } from "node:path";
import { holdsRun, readRun, writeWhole } from "@eoss/lab";
import { csv, type QuantitySummary, quantityColumns, summarize } from "@eoss/report";
import { type SweepRunStatus, sweepStatus } from "./status.js";
import { readSweep, type SweepRun } from "./sweep.js";

/** A run of a sweep: what was varied, where it stands, how it ended, what it shows. */
export interface CollectedRun extends SweepRunStatus {
  readonly directory: string;
  /** The settings in which the runs of the sweep differ. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** How it ended, in a word; null while it has not. */
  readonly end: string | null;
  readonly seconds: number | null;
  /** What a sharpness of H compares with at the last step, and how it follows from the settings. */
  readonly stabilityThreshold: number | null;
  readonly thresholdFormula: string | null;
  readonly quantities: Readonly<Record<string, QuantitySummary>>;
}

export interface Collection {
  readonly directory: string;
  /** In the order of the specification, also those not made yet. */
  readonly runs: readonly CollectedRun[];
  /** What was written: one row, or object, a run. */
  readonly files: readonly string[];
  /** Why Slurm could not be asked, if so. */
  readonly slurm?: string;
}

/**
 * Reads the runs of a sweep, with what Slurm says of those that are not over, and writes what they show
 * into its folder: `runs.csv` and `runs.json`.
 *
 * @throws ConfigError, RunFolderError if something cannot be read
 * @throws RunWriteError if the files cannot be written
 */
export async function collectSweep(directory: string): Promise<Collection> {
  const { runs, varied } = readSweep(directory);
  const { runs: states, slurm } = await sweepStatus(directory);
  const collected = runs.map((run, i) => collectedOf(run, states[i]!, varied));
  const files = ["runs.csv", "runs.json"].map((name) => join(directory, name));
  writeWhole(files[0]!, csv(collected.map(rowOf)));
  writeWhole(files[1]!, `${JSON.stringify(collected, null, 2)}\n`);
  return { directory, runs: collected, files, ...(slurm !== undefined && { slurm }) };
}

function collectedOf(
  { out, within, config }: SweepRun,
  status: SweepRunStatus,
  varied: readonly string[],
): CollectedRun {
  const all: Readonly<Record<string, unknown>> = config;
  const settings = Object.fromEntries(varied.map((key) => [key, all[key]]));
  const common = { ...status, directory: out, settings };
  // Of a run that failed there may be nothing that can be read.
  if (!holdsRun(out) || common.state === "failed") {
    return {
      ...common,
      ...{ end: null, seconds: null, stabilityThreshold: null, thresholdFormula: null },
      quantities: {},
    };
  }
  const summary = summarize(readRun(out, within), join(out, "report.html"));
  return {
    ...common,
    end: summary.end?.reason ?? null,
    seconds: Number.isFinite(summary.seconds) ? summary.seconds : null,
    stabilityThreshold: summary.stabilityThreshold,
    thresholdFormula: summary.thresholdFormula,
    quantities: summary.quantities,
  };
}

/** A row of the table. */
function rowOf({ name, directory, settings, state, step, end, task, ...run }: CollectedRun) {
  const columns = Object.entries(run.quantities).map((entry) => quantityColumns(...entry));
  const plain = Object.entries(settings).map(([key, value]) => [key, textOf(value)]);
  return {
    name,
    ...Object.fromEntries(plain),
    state,
    step,
    end,
    task: task ?? null,
    seconds: run.seconds,
    threshold: run.stabilityThreshold,
    "threshold formula": run.thresholdFormula,
    ...Object.assign({}, ...columns),
    directory,
  };
}

/** A setting in one cell. */
function textOf(value: unknown): unknown {
  return typeof value === "object" ? JSON.stringify(value) : value;
}
