/** The last record of a run, read from the end of its file. */

import { join } from "node:path";
import { readEnd } from "@eoss/lab/internal";
import { RunFolderError } from "@eoss/run";

export interface Tail {
  /** Step of the last whole record; null without one. */
  readonly step: number | null;
  /** The last line was cut off, as a kill while writing leaves it. */
  readonly truncated: boolean;
}

/**
 * How far the records of a run go, from the end of the file alone; undefined without a file.
 *
 * @throws RunFolderError if it cannot be read
 */
export function readTail(directory: string): Tail | undefined {
  const path = join(directory, "metrics.jsonl");
  let end: string;
  try {
    end = readEnd(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw new RunFolderError(`${path} cannot be read: ${message}`, { cause: error });
  }
  const lines = end.split("\n");
  const last = lines.pop()!;
  // What no line feed ends may still be whole.
  const unended = stepOf(last);
  return {
    step: unended ?? lastOf(lines) ?? null,
    truncated: last !== "" && unended === undefined,
  };
}

/** From the end: the lines before the last whole one need not be read. */
function lastOf(lines: readonly string[]): number | undefined {
  for (let i = lines.length - 1; i >= 0; i--) {
    const step = stepOf(lines[i]!);
    if (step !== undefined) return step;
  }
  return undefined;
}

function stepOf(line: string): number | undefined {
  try {
    const { step } = JSON.parse(line) as { step?: unknown };
    return typeof step === "number" ? step : undefined;
  } catch {
    return undefined;
  }
}
