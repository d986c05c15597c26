import { setMaxListeners } from "node:events";
import { dirname } from "node:path";
import {
  holdsRun,
  type Job,
  type JobCount,
  makeFolder,
  readManifest,
  runsAtATime,
  type StaticAt,
  writeWhole,
} from "@eoss/lab";
import { JOB_COUNT, pluginsOf, readFile, recordedRun } from "@eoss/lab/internal";
import { abortSignal, callback, type OptionDomains } from "@eoss/rng/internal";
import type { RunProgress } from "@eoss/run";
import { isOver } from "@eoss/run/internal";
import type { RunJob, StaticJob } from "./jobs.js";
import { type ProcessPool, processPool } from "./processPool.js";

/** `jobs` are runs and curves at a time; with 1 they are made in this process. */
export interface MakeOptions extends JobCount {
  readonly onProgress?: ((job: Job, progress: RunProgress) => void) | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Told what goes on beyond single runs. */
  readonly onNote?: ((text: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What the options may be. */
export const MAKE_OPTIONS: OptionDomains<MakeOptions> = {
  ...{ ...JOB_COUNT, signal: abortSignal },
  ...{ onProgress: callback, onWarning: callback, onNote: callback },
};

/** Static curves by key; undefined where the run has no such step. */
export type Curves = ReadonlyMap<string, StaticAt | undefined>;

/**
 * Makes the runs that are not over yet, going on with those that were begun, and the curves that were
 * not measured yet. Each begins as soon as what it needs is there: a fork after its parent, a curve
 * after its run. A fork of a run that diverged before the step is left out.
 *
 * @returns the curves, as far as the signal let them be made
 * @throws ConfigError if a folder holds something else
 */
export async function makeAll(
  jobs: readonly RunJob[],
  statics: readonly StaticJob[],
  options: MakeOptions,
): Promise<Curves> {
  const open = jobs.filter((job) => !isOver(recordedRun(job)));
  const pool = processPool(runsAtATime(options), options.onWarning);
  // Everything that is made or waits listens.
  if (options.signal) setMaxListeners(0, options.signal);
  const begun = new Map<string, Promise<void>>();
  for (const job of open) {
    begun.set(job.out, makeOne(job, job.fork && begun.get(job.fork.parent), pool, options));
  }
  try {
    const curves = statics.map(async (job) => {
      await begun.get(job.run.out);
      return [job.key, await makeStatic(job, pool, options)] as const;
    });
    await Promise.all([...begun.values(), ...curves]);
    return new Map(await Promise.all(curves));
  } finally {
    await pool.close();
  }
}

async function makeOne(
  job: RunJob,
  parent: Promise<void> | undefined,
  pool: ProcessPool,
  { onProgress, signal }: MakeOptions,
): Promise<void> {
  await parent;
  if (signal?.aborted || (job.fork && !reaches(job.fork))) return;
  await pool.do({ run: job }, { signal, onProgress: (progress) => onProgress?.(job, progress) });
}

/** Whether the parent got as far as the step. */
function reaches({ parent, at }: NonNullable<Job["fork"]>): boolean {
  return holdsRun(parent) && (readManifest(parent).end?.step ?? 0) >= at;
}

/** The curve of a job, measured or as it was kept. */
async function makeStatic(
  { key, run, spec, file }: StaticJob,
  pool: ProcessPool,
  { signal, onNote }: MakeOptions,
): Promise<StaticAt | undefined> {
  const kept = readCurve(file, run.within);
  if (kept?.key === key) return kept.curve;
  const end = recordedRun(run)?.end;
  if (!end || end.reason === "diverged" || (typeof spec.at === "number" && end.step < spec.at)) {
    return undefined;
  }
  if (signal?.aborted) return undefined;
  const trusted = pluginsOf(run.config);
  const { acceptChanges = false } = run;
  const curve = {
    directory: run.out,
    at: spec.at,
    settings: spec.settings,
    trusted,
    acceptChanges,
  };
  const asked = {
    ...(spec.batches && { batchSizes: spec.batches }),
    ...(spec.bernstein !== undefined && { bernsteinSamples: spec.bernstein }),
  };
  try {
    const measured = await pool.do({ curve: { ...curve, ...asked } }, { signal });
    makeFolder(dirname(file), run.within);
    const content = { key, run: run.out, at: spec.at, curve: measured };
    writeWhole(file, `${JSON.stringify(content, null, 2)}\n`, run.within);
    onNote?.(`static curve at ${spec.at} of ${run.out} measured`);
    return measured;
  } catch (error) {
    if ((error as Error).name !== "AbortError") throw error;
    return undefined;
  }
}

/** Written whole or not at all, so what is there can be read. */
function readCurve(
  file: string,
  within: string | undefined,
): { key: string; curve: StaticAt } | undefined {
  try {
    return JSON.parse(readFile(file, within).toString());
  } catch {
    return undefined;
  }
}
