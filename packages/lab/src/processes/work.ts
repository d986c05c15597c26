import type { RunSummary } from "@eoss/report";
import { makeRun } from "../run/makeRun.js";
import type { ReplayOptions } from "../run/replay.js";
import { type StaticAt, type StaticAtOptions, staticAt } from "../run/staticAt.js";
import type { Job } from "./pool.js";

/** A static curve for another process: the arguments of `staticAt`. */
interface CurveJob {
  readonly directory: string;
  readonly at: Parameters<typeof staticAt>[1];
  readonly settings: Parameters<typeof staticAt>[2];
  readonly batchSizes?: StaticAtOptions["batchSizes"];
  readonly bernsteinSamples?: number;
  readonly trusted: NonNullable<StaticAtOptions["trusted"]>;
  readonly acceptChanges?: boolean;
}

/** What a process can be told to do. */
export type ProcessJob =
  /** `told`: whether its records are asked for, as `onRecords` has them. */
  { readonly run: Job; readonly told?: boolean } | { readonly curve: CurveJob };

/** What comes of it. */
export type ProcessResult<W extends ProcessJob> = W extends { readonly run: Job }
  ? RunSummary
  : StaticAt;

/** Does it in this process. @throws as `makeRun` and `staticAt` */
export async function perform<W extends ProcessJob>(
  work: W,
  options: ReplayOptions,
): Promise<ProcessResult<W>> {
  if ("run" in work) return (await makeRun(work.run, options)) as ProcessResult<W>;
  const { directory, at, settings, ...asked } = work.curve;
  return (await staticAt(directory, at, settings, {
    ...options,
    ...asked,
  })) as ProcessResult<W>;
}
