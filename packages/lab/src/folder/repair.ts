import { existsSync } from "node:fs";
import { join } from "node:path";
import { checkTypedOptions, flag } from "@eoss/rng/internal";
import type { RunManifest } from "@eoss/run";
import { parseRecord } from "@eoss/run/internal";
import { keepAside, moveAside } from "./aside.js";
import { checkpointMismatch, endMismatch, recordsIn } from "./binding.js";
import { checkpointSteps, filesOf, readCheckpoint } from "./checkpoint.js";
import { writeWhole } from "./durable.js";
import { readInitial } from "./initial.js";
import { RunLock } from "./lock.js";
import { readManifest } from "./read.js";

/** Something in a run folder that does not fit, and what becomes of it. */
export interface Finding {
  readonly file: string;
  readonly problem: string;
  /** Where it is kept; absent in a dry run, and of what cannot be mended here. */
  readonly kept?: string;
  /** What has to be done by hand, if anything. */
  readonly advice?: string;
}

export interface RepairOptions {
  /** Whether to say only what would be done. */
  readonly dryRun?: boolean;
}

/**
 * Makes of a damaged run folder one that can be resumed. What does not fit is kept in the folder's
 * `aside/`: checkpoints that are damaged, of another run, or that count on other records; and
 * `metrics.jsonl` as it was, if a line of it is none. The run then goes on from what is sound; records
 * that it makes again are compared with those that are there.
 *
 * @returns what was found; nothing in a sound folder
 * @throws RunFolderError if `run.json` cannot be read: without it nothing is known
 * @throws ConfigError if another process has the folder
 */
export function repair(directory: string, options: RepairOptions = {}): Finding[] {
  checkTypedOptions("repair", options, { dryRun: flag });
  const { dryRun = false } = options;
  const manifest = readManifest(directory);
  const lock = dryRun ? undefined : RunLock.acquire(directory);
  try {
    return [
      ...initialFindings(directory, manifest),
      ...recordFindings(directory, manifest, dryRun),
    ];
  } finally {
    lock?.release();
  }
}

function initialFindings(directory: string, manifest: RunManifest): Finding[] {
  try {
    readInitial(directory, manifest);
    return [];
  } catch (error) {
    const { message } = error as Error;
    return [{ file: directory, problem: message, advice: "eoss cannot restore them" }];
  }
}

function recordFindings(directory: string, manifest: RunManifest, dryRun: boolean): Finding[] {
  const content = recordsIn(directory);
  const file = join(directory, "metrics.jsonl");
  const ended = endMismatch(manifest, content);
  // The records may be right up to here and there: that is what checkpoints tell.
  const bound = { ...manifest, records: undefined };
  const findings = checkpointSteps(directory).flatMap((step): Finding[] => {
    const { description, tensors } = filesOf(directory, step);
    const problem = problemOf(() => {
      const mismatch = checkpointMismatch(bound, readCheckpoint(directory, step), content);
      if (mismatch !== undefined) throw new Error(mismatch);
    });
    if (problem === undefined) return [];
    if (dryRun) return [{ file: description, problem }];
    if (existsSync(tensors)) moveAside(directory, tensors);
    return [{ file: description, problem, kept: moveAside(directory, description) }];
  });

  const lines = content.toString().split("\n").slice(0, -1);
  const sound = lines.filter((line) => problemOf(() => parseRecord(line, file)) === undefined);
  if (sound.length < lines.length) {
    const problem = `${lines.length - sound.length} of ${lines.length} lines are not valid records`;
    const kept = dryRun ? {} : { kept: keepAside(directory, "metrics.jsonl", content) };
    findings.push({ file, problem, ...kept });
    if (!dryRun) {
      writeWhole(file, sound.map((line) => `${line}\n`).join(""));
      // What counted on the lines that are gone goes with them.
      findings.push(...recordFindings(directory, bound, false));
    }
  } else if (ended !== undefined) {
    findings.push({ file, problem: ended });
  }
  if (!dryRun && ended !== undefined) {
    // Then the end is not known any more either: the run is resumed to make it again.
    const { records: _, ...rest } = manifest;
    const open = { ...rest, end: null, endedAt: null };
    writeWhole(join(directory, "run.json"), `${JSON.stringify(open, null, 2)}\n`);
  }
  return findings;
}

function problemOf(look: () => unknown): string | undefined {
  try {
    look();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
