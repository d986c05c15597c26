import { join } from "node:path";
import { readFile } from "../readFile.js";
import type { RunManifest } from "./format.js";
import { type ParsedRecords, parseManifest, parseRecords, RunFolderError } from "./parse.js";

/** A run folder in memory. */
export interface Run extends ParsedRecords {
  readonly directory: string;
  readonly manifest: RunManifest;
}

/**
 * Reads a run folder: `run.json` and, if a measurement was made, `metrics.jsonl`.
 *
 * A run may still be going on, or may have been killed at any moment: a missing `metrics.jsonl` is
 * a run without records yet, and a partial last line is left out and reported as `truncated`. Any
 * other damage is an error. Fields that this version does not know are kept.
 *
 * @throws RunFolderError if the folder is no run folder, is damaged, or is of a newer format
 */
export function readRun(directory: string): Run {
  const manifest = readManifest(directory);
  const file = join(directory, "metrics.jsonl");
  return { directory, manifest, ...parseRecords(readIfPresent(file) ?? "", file) };
}

/** `run.json` alone. @throws RunFolderError as `readRun` */
export function readManifest(directory: string): RunManifest {
  const file = join(directory, "run.json");
  const text = readIfPresent(file);
  if (text === null) {
    throw new RunFolderError(
      `${directory} is not a run folder: it has no run.json. A run folder is what "eoss train ` +
        `--out DIR" writes: run.json (what was run) beside metrics.jsonl (one measurement a line).`,
    );
  }
  return parseManifest(text, file);
}

function readIfPresent(file: string): string | null {
  try {
    return readFile(file).toString();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw new RunFolderError(`${file} cannot be read: ${message}`, { cause: error });
  }
}
