import { existsSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { makeFolder, removeFile, writeWhole, writing } from "./durable.js";
import { readFile } from "./readFile.js";

/**
 * Keeps something that has no place in a run any more: nothing that was measured is ever lost. It goes
 * into the folder's `aside/`, under a name that is free there.
 *
 * @returns the path of what was kept
 */
export function keepAside(directory: string, name: string, content: string | Uint8Array): string {
  const folder = join(directory, "aside");
  makeFolder(folder, directory);
  const end = extname(name);
  const path = (count: number) => join(folder, `${basename(name, end)}-${count}${end}`);
  let count = 1;
  while (existsSync(path(count))) count++;
  writeWhole(path(count), content, directory);
  return path(count);
}

/** Moves a file of a run folder aside. */
export function moveAside(directory: string, path: string): string {
  const content = writing(path, () => readFile(path, directory));
  const kept = keepAside(directory, basename(path), content);
  removeFile(path, directory);
  return kept;
}
