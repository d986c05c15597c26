import { join, resolve } from "node:path";
import {
  type OpenedRun,
  openRun,
  parseManifest,
  parseRecords,
  RunFolderError,
  type RunManifest,
} from "@eoss/run";
import { readFile } from "./readFile.js";

/**
 * Reads a run folder: `run.json` and, if a measurement was made, `metrics.jsonl`.
 *
 * A run may still be going on, or may have been killed at any moment: a missing `metrics.jsonl` is
 * a run without records yet, and a partial last line is left out and reported as `truncated`. Any
 * other damage is an error. Fields that this version does not know are kept.
 *
 * @param root the folder that the user named, if the run is deeper in it: below, no link is followed
 * @throws RunFolderError if the folder is no run folder, is damaged, or is of a newer format
 */
export function readRun(directory: string, root = directory): OpenedRun {
  const manifest = readManifest(directory, root);
  const file = join(directory, "metrics.jsonl");
  return openRun({
    ...placeOf(directory, manifest),
    manifest,
    ...parseRecords(readIfPresent(file, root) ?? "", file),
  });
}

/** Where a run is, and where the one is that it left. */
function placeOf(directory: string, { parent }: RunManifest) {
  return {
    directory,
    path: resolve(directory),
    ...(parent && { parentPath: resolve(directory, parent.directory) }),
  };
}

/** `run.json` alone. @param root, @throws as `readRun` */
export function readManifest(directory: string, root = directory): RunManifest {
  const file = join(directory, "run.json");
  const text = readIfPresent(file, root);
  if (text === null) {
    throw new RunFolderError(
      `${directory} is not a run folder: it has no run.json. A run folder is what "eoss train ` +
        `--out DIR" writes: run.json (what was run) beside metrics.jsonl (one measurement a line).`,
    );
  }
  return parseManifest(text, file);
}

function readIfPresent(file: string, root: string): string | null {
  try {
    return readFile(file, root).toString();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw new RunFolderError(`${file} cannot be read: ${message}`, { cause: error });
  }
}
