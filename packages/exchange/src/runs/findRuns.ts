import { type Dirent, existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { RunFolderError } from "@eoss/run";

/**
 * The run folders among some folders and below them, each once. A folder that is a run stands first
 * in its place; below a run nothing is looked for, and links are not followed.
 *
 * @param directories run folders, folders of sweeps, or anything above them
 * @returns paths that begin as they were given, sorted below each folder
 * @throws RunFolderError if a folder cannot be read or holds no run
 */
export function findRuns(directories: readonly string[]): string[] {
  const found = directories.flatMap((directory) => {
    const runs = runsBelow(directory);
    if (runs.length > 0) return runs;
    throw new RunFolderError(
      `${directory} holds no run: a run folder has a run.json, as written by "eoss train --out DIR"; ` +
        "symbolic links below it are not followed",
    );
  });
  return [...new Set(found)];
}

function runsBelow(directory: string): string[] {
  const manifest = join(directory, "run.json");
  // One spelling of a path: without `./` before it and a slash behind it.
  if (existsSync(manifest)) return [dirname(manifest)];
  return foldersIn(directory).flatMap((name) => runsBelow(join(directory, name)));
}

function foldersIn(directory: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new RunFolderError(`${directory} cannot be read (${code})`, { cause: error });
  }
  const folders = entries.filter((entry) => entry.isDirectory() && entry.name !== "node_modules");
  return folders.map(({ name }) => name).sort();
}
