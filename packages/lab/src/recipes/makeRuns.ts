import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { ConfigError } from "../configError.js";
import { makeFolder, writeWhole } from "../run/durable.js";
import type { RunManifest } from "../run/format.js";
import { makeRun } from "../run/makeRun.js";
import { type Job, trainAll } from "../run/pool.js";
import type { Progress } from "../run/progress.js";
import { readManifest } from "../run/read.js";
import { configOf } from "../run/resume.js";
import { type StaticAt, staticAt } from "../run/staticAt.js";
import { holdsRun } from "../run/store.js";
import { keyOf, type RunJob, type StaticJob } from "./jobs.js";

export interface MakeOptions {
  /** Runs at a time; with 1 they are made in this thread. */
  readonly workers: number;
  readonly onProgress?: ((job: Job, progress: Progress) => void) | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const OVER: ReadonlySet<string | undefined> = new Set([
  "completed",
  "stop-loss",
  "stop-accuracy",
  "diverged",
]);

/** What the folder of a job holds: the manifest of a run with its settings, or nothing. */
export function heldBy({ out, config, fork }: RunJob): RunManifest | undefined {
  if (!holdsRun(out)) return undefined;
  const manifest = readManifest(out);
  const held = keyOf(configOf(out, manifest), manifest.parent?.step);
  if (held === keyOf(config, fork?.at)) return manifest;
  throw new ConfigError(
    `${out} holds a run with other settings than its name says: move it away, or choose another --out`,
  );
}

/** Whether a run has come to its end; diverging is one. */
export function isOver(manifest: RunManifest | undefined): boolean {
  return OVER.has(manifest?.end?.reason);
}

/**
 * Makes the runs that are not over yet, going on with those that were begun; forks after their
 * parents. A fork of a run that diverged before the step is left out.
 *
 * @throws ConfigError if a folder holds something else
 */
export async function makeRuns(jobs: readonly RunJob[], options: MakeOptions): Promise<void> {
  let waiting = jobs.filter((job) => !isOver(heldBy(job)));
  const folders = () => new Set(waiting.map(({ out }) => out));
  while (waiting.length > 0 && !options.signal?.aborted) {
    const missing = folders();
    const ready = waiting.filter(({ fork }) => fork === undefined || !missing.has(fork.parent));
    const possible = ready.filter(({ fork }) => fork === undefined || reaches(fork));
    await makeAll(possible, options);
    waiting = waiting.filter((job) => !ready.includes(job));
  }
}

async function makeAll(jobs: readonly Job[], options: MakeOptions): Promise<void> {
  const { workers, onProgress, onWarning, signal } = options;
  if (jobs.length === 0) return;
  if (workers > 1) {
    const hooks = { ...(onProgress && { onProgress }), ...(signal && { signal }) };
    await trainAll(jobs, { workers, ...hooks });
    return;
  }
  for (const job of jobs) {
    if (signal?.aborted) return;
    await makeRun(job, {
      onProgress: (progress) => onProgress?.(job, progress),
      onWarning,
      signal,
    });
  }
}

/** Whether the parent got as far as the step. */
function reaches({ parent, at }: NonNullable<Job["fork"]>): boolean {
  return holdsRun(parent) && (readManifest(parent).end?.step ?? 0) >= at;
}

/** The static curve of a job, measured or as it was kept; undefined if its run has no such step. */
export async function makeStatic(
  { key, run, spec, file }: StaticJob,
  { signal, onProgress, onWarning }: MakeOptions,
): Promise<StaticAt | undefined> {
  const kept = read(file);
  if (kept?.key === key) return kept.curve;
  const end = heldBy(run)?.end;
  if (!end || end.reason === "diverged" || (typeof spec.at === "number" && end.step < spec.at)) {
    return undefined;
  }
  const curve = await staticAt(run.out, spec.at, spec.settings, {
    ...(spec.batches && { batchSizes: spec.batches }),
    onProgress: (progress) => onProgress?.(run, progress),
    onWarning,
    signal,
  });
  makeFolder(dirname(file));
  writeWhole(file, `${JSON.stringify({ key, run: run.out, at: spec.at, curve }, null, 2)}\n`);
  return curve;
}

/** Written whole or not at all, so what is there can be read. */
function read(file: string): { key: string; curve: StaticAt } | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
