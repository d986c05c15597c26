import { lstatSync } from "node:fs";
import { join } from "node:path";
import { isLocked, readManifest } from "@eoss/lab";
import type { RunManifest } from "@eoss/run";
import { readTail, type Tail } from "./tail.js";

/** A run without its records. */
export interface RunDescription {
  /** The folder, which is the run's name in every table. */
  readonly run: string;
  readonly manifest: RunManifest;
  /** How the run ended; `running` while a process makes it, `begun` if it can be gone on with. */
  readonly state: string;
  /** Step of its end, or of the last record so far; null before the first one. */
  readonly step: number | null;
  /** Whether there are records at all. */
  readonly measured: boolean;
  /** Whether the last line of the records is, or may at any moment be, half written. */
  readonly open: boolean;
}

/** @throws RunFolderError if the folder is no run, is damaged, or is of a newer format */
export function describeRun(directory: string): RunDescription {
  const manifest = readManifest(directory);
  const { end } = manifest;
  const tail = endOf(directory, manifest);
  return {
    run: directory,
    manifest,
    state: end?.reason ?? (isLocked(directory) ? "running" : "begun"),
    step: end?.step ?? tail?.step ?? null,
    measured: tail !== undefined,
    open: end === null || tail?.truncated === true,
  };
}

/** Of a run that is over, `run.json` says how long its records are: then their end is not read. */
function endOf(directory: string, { end, records }: RunManifest): Tail | undefined {
  if (end !== null && records !== undefined) {
    const stats = lstatSync(join(directory, "metrics.jsonl"), { throwIfNoEntry: false });
    if (stats?.isFile() && stats.size === records.bytes)
      return { step: end.step, truncated: false };
  }
  return readTail(directory);
}
