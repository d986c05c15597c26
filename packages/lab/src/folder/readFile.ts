import { readFileSync, statSync } from "node:fs";

/**
 * The content of a file of a folder that may be a stranger's.
 *
 * @throws Error if it is none, or as `readFileSync`
 */
export function readFile(path: string): Buffer {
  checkFile(path);
  return readFileSync(path);
}

/** A pipe or a device would be read, or waited for, for ever. @throws Error if it is one */
export function checkFile(path: string): void {
  if (!statSync(path).isFile()) throw new Error("it is no file");
}
