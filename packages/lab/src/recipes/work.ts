import { makeRun } from "../run/makeRun.js";
import type { Job } from "../run/pool.js";
import type { ReplayOptions } from "../run/replay.js";
import { type StaticAt, type StaticAtOptions, staticAt } from "../run/staticAt.js";
import type { RunSummary } from "../run/summary.js";

/** A static curve for a worker: the arguments of `staticAt` that can be sent to another thread. */
export interface CurveJob {
  readonly directory: string;
  readonly at: Parameters<typeof staticAt>[1];
  readonly settings: Parameters<typeof staticAt>[2];
  readonly batchSizes?: StaticAtOptions["batchSizes"];
}

/** What a thread can be told to do. */
export type Work = { readonly run: Job } | { readonly curve: CurveJob };

/** What comes of it. */
export type ResultOf<W extends Work> = W extends { readonly run: Job } ? RunSummary : StaticAt;

/** What went wrong: an error that crosses threads keeps its message, but not the name of its class. */
export interface Failure {
  readonly failed: { readonly name: string; readonly message: string; readonly stack: string };
}

/** Does it in the calling thread. @throws as `makeRun` and `staticAt` */
export async function perform<W extends Work>(
  work: W,
  options: ReplayOptions,
): Promise<ResultOf<W>> {
  if ("run" in work) return (await makeRun(work.run, options)) as ResultOf<W>;
  const { directory, at, settings, batchSizes } = work.curve;
  const sizes = batchSizes ? { batchSizes } : {};
  return (await staticAt(directory, at, settings, { ...options, ...sizes })) as ResultOf<W>;
}
