import { setMaxListeners } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { holdsRun, readRun, runsAtATime, type StaticAt } from "@eoss/lab";
import { configOf, interrupted, pluginsOf } from "@eoss/lab/internal";
import { type Run, STEP_LOSS, type TrainConfig } from "@eoss/run";
import type { RunJob, StaticJob } from "./jobs.js";
import type { MakeOptions } from "./makeRuns.js";
import { processPool } from "./processPool.js";

/** What a run takes on this machine, in seconds. */
export interface RunCost {
  readonly step: number;
  /** All that is measured at one step. */
  readonly measurement: number;
}

/** Of a trial: steps, and the batches behind each mean of a curve. */
const STEPS = 20;
const BATCHES = 16;

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

/**
 * What runs and curves take, tried out: a few steps and two measurements of each run, and each curve
 * with few batches at the initialisation, in a temporary folder. A curve is then taken to draw as many
 * batches as it may.
 */
export async function triedCosts(
  jobs: readonly RunJob[],
  curves: readonly StaticJob[],
  options: MakeOptions,
): Promise<{ runs: Map<string, RunCost>; curves: Map<string, number> }> {
  const folder = mkdtempSync(join(tmpdir(), "eoss-trial-"));
  const { signal, onNote, onWarning } = options;
  const pool = processPool(runsAtATime(options), onWarning);
  if (signal) setMaxListeners(0, signal);
  const begun = new Map<string, Promise<string>>();
  const trial = (job: RunJob): Promise<string> => {
    const name = kindOf(job);
    const directory = join(folder, String(begun.size));
    const config = { ...settingsOf(job), steps: STEPS, every: STEPS, "checkpoint-every": 0 };
    const made =
      begun.get(name) ??
      pool.do({ run: { config, out: directory } }, { signal }).then(() => {
        // A trial that was cut short says nothing of the whole.
        if (signal?.aborted) throw interrupted();
        onNote?.(`tried ${job.out}`);
        return directory;
      });
    begun.set(name, made);
    return made;
  };
  try {
    const runs = jobs.map(async (job) => [kindOf(job), costOf(readRun(await trial(job)))] as const);
    const measured = curves.map(async ({ key, run, spec }) => {
      const directory = await trial(run);
      const settings = { ...spec.settings, "max-batches": BATCHES };
      const sizes = spec.batches ? { batchSizes: spec.batches } : {};
      const trusted = pluginsOf(run.config);
      const curve = { directory, at: "init" as const, settings, trusted, ...sizes };
      const made = await pool.do({ curve }, { signal });
      const most = spec.settings["max-batches"] ?? run.config["max-batches"];
      return [key, secondsOf(made, most)] as const;
    });
    await Promise.all([...runs, ...measured]);
    const costs = (await Promise.all(runs)).flatMap(([name, cost]) =>
      cost === undefined ? [] : [[name, cost] as const],
    );
    return {
      runs: new Map(costs),
      curves: new Map(await Promise.all(measured)),
    };
  } finally {
    // They write to the folder until they have ended.
    if (signal?.aborted) await Promise.allSettled(begun.values());
    await pool.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The settings of a run from its first step on, of a fork from where it leaves its parent. */
function settingsOf({ config, fork }: RunJob): TrainConfig {
  const { lr, batch, optimizer } = fork?.changes ?? {};
  return {
    ...config,
    ...(lr !== undefined && { lr }),
    ...(batch !== undefined && { batch }),
    ...(optimizer !== undefined && { optimizer }),
    intervene: undefined,
    "stop-loss": undefined,
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
function costOf({ manifest, records }: Run): RunCost | undefined {
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

/** Seconds of a curve if every mean took `most` batches. */
function secondsOf({ fullbs, points }: StaticAt, most: number): number {
  const batches = points.map(({ batchSize, minibs, gap }) => {
    const drawn = Math.max(minibs.samples, gap.samples) / batchSize;
    return ((minibs.seconds + gap.seconds) * most) / drawn;
  });
  return batches.reduce((total, seconds) => total + seconds, fullbs.seconds);
}
