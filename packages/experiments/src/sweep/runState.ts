/** The state of a run of a sweep, read from its folder. */

import { join } from "node:path";
import { isLocked, makeFolder, writeWhole } from "@eoss/lab";
import { readFile, recordedRun, removeFile } from "@eoss/lab/internal";
import { RunFolderError } from "@eoss/run";
import { isOver } from "@eoss/run/internal";
import { z } from "zod";
import type { SweepRun } from "./sweep.js";

/**
 * Where a run stands: `done` and `diverged` are over, `running` is being made by a living process,
 * `begun` goes on from its checkpoint, `failed` said why, `waiting` has not begun.
 */
export type RunStateName = "done" | "diverged" | "running" | "begun" | "failed" | "waiting";

export interface RunState {
  readonly state: RunStateName;
  /** Updates made when it last ended; null while it runs, or if it was killed. */
  readonly step: number | null;
  /** How it ended, or why it failed. */
  readonly reason: string;
}

/** Whether a run is over; diverging is an end. */
export function isEnded({ state }: Pick<RunState, "state">): boolean {
  return state === "done" || state === "diverged";
}

/** Why a run could not be made. */
export interface RunFailure {
  readonly name: string;
  readonly message: string;
}

const failureSchema: z.ZodType<RunFailure> = z.object({ name: z.string(), message: z.string() });

/** A folder that is damaged is a failure. @throws ConfigError if it holds another run */
export function stateOf(run: SweepRun): RunState {
  try {
    return soundStateOf(run);
  } catch (error) {
    if (!(error instanceof RunFolderError)) throw error;
    return { state: "failed", step: null, reason: error.message };
  }
}

function soundStateOf(run: SweepRun): RunState {
  const manifest = recordedRun(run);
  const step = manifest?.end?.step ?? null;
  const reason = manifest?.end?.message ?? "";
  if (isOver(manifest)) {
    return { state: manifest?.end?.reason === "diverged" ? "diverged" : "done", step, reason };
  }
  if (isLocked(run.out)) return { state: "running", step: null, reason: "" };
  const failure = readFailure(run);
  if (failure) return { state: "failed", step, reason: failure.message };
  return { state: manifest === undefined ? "waiting" : "begun", step, reason };
}

/** Notes why a run failed, for those who look at the sweep later. */
export function noteFailure(run: SweepRun, { name, message }: RunFailure): void {
  makeFolder(run.out, run.within);
  writeWhole(fileOf(run.out), `${JSON.stringify({ name, message }, null, 2)}\n`, run.within);
}

export function forgetFailure(run: SweepRun): void {
  removeFile(fileOf(run.out), run.within);
}

function readFailure({ out, within }: SweepRun): RunFailure | undefined {
  try {
    return failureSchema.parse(JSON.parse(readFile(fileOf(out), within).toString()));
  } catch {
    return undefined;
  }
}

function fileOf(out: string): string {
  return join(out, "failure.json");
}
