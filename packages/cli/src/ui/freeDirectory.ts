import { existsSync } from "node:fs";

/** The path itself, or with -2, -3, ... appended: the first that does not exist. */
export function freeDirectory(path: string): string {
  let candidate = path;
  for (let number = 2; existsSync(candidate); number++) candidate = `${path}-${number}`;
  return candidate;
}
