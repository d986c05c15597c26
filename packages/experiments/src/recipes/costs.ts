import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { holdsRun, readRun } from "@eoss/lab";
import { configOf } from "@eoss/lab/internal";
import { type Run, STEP_LOSS, type TrainConfig } from "@eoss/run";
import type { RunJob } from "./jobs.js";

/** What a run takes on this machine, in seconds. */
export interface RunCost {
  readonly step: number;
  /** All that is measured at one step. */
  readonly measurement: number;
}

/** The settings that decide what a step and a measurement take. */
const DECIDING = [
  "data",
  "data-options",
  "samples",
  "model",
  "model-options",
  "width",
  "activation",
  "loss",
  "batch",
  "optimizer",
  "noise",
  "measure",
  "tolerance",
  "certify",
  "max-batches",
  "top",
  "per-layer",
  "backend",
] as const satisfies ReadonlyArray<keyof TrainConfig>;

/** Two runs of the same kind take as long for a step and for a measurement. */
export function kindOf(job: RunJob): string {
  return kind(settingsOf(job));
}

/** What runs take by kind, from the records of those that a folder holds. */
export function recordedCosts(out: string): Map<string, RunCost> {
  const folder = join(out, "runs");
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const runs = names
    .map((name) => join(folder, name))
    .filter(holdsRun)
    .map((directory) => readRun(directory, out));
  return new Map(
    runs.flatMap((run) => {
      const cost = costOf(run);
      return cost === undefined ? [] : [[kindOfRun(run), cost] as const];
    }),
  );
}

/** The settings of a run from its first step on, of a fork from where it leaves its parent. */
export function settingsOf({ config, fork }: RunJob): TrainConfig {
  const { lr, batch, optimizer } = fork?.changes ?? {};
  return {
    ...config,
    ...(lr !== undefined && { lr }),
    ...(batch !== undefined && { batch }),
    ...(optimizer !== undefined && { optimizer }),
    intervene: undefined,
    "stop-loss": undefined,
    "stop-plateau": undefined,
  };
}

function kindOfRun({ directory, manifest }: Run): string {
  const { batchSize, dataset } = manifest;
  const config = configOf(directory, manifest);
  return kind({ ...config, batch: batchSize === dataset.samples ? "full" : batchSize });
}

function kind(settings: TrainConfig): string {
  const batch = settings.batch === settings.samples ? "full" : settings.batch;
  return JSON.stringify(DECIDING.map((name) => (name === "batch" ? batch : settings[name])));
}

/** Undefined for a run that has not made a step, or has not come to measuring. */
export function costOf({ manifest, records }: Run): RunCost | undefined {
  const steps = records.filter(({ quantity }) => quantity === STEP_LOSS);
  const measured = records.filter(({ quantity }) => quantity !== STEP_LOSS);
  const { measure } = manifest.config;
  const measures = !Array.isArray(measure) || measure.length > 0;
  if (steps.length === 0 || (measures && measured.length === 0)) return undefined;
  const sum = (values: typeof records) => values.reduce((total, { seconds }) => total + seconds, 0);
  return {
    step: sum(steps) / steps.length,
    measurement: sum(measured) / Math.max(1, new Set(measured.map(({ step }) => step)).size),
  };
}
