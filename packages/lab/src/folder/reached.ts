import { join } from "node:path";
import { ConfigError, type RunManifest, STEP_LOSS } from "@eoss/run";
import { parseRecord } from "@eoss/run/internal";
import { readEnd } from "./readFile.js";

/**
 * Looks whether a run has come to a step. Beyond it there is nothing to go back to: training would go on
 * there, and past a plateau that was not yet seen it would go wrong.
 *
 * @throws ConfigError saying how far the run has come
 */
export function checkReached(directory: string, manifest: RunManifest, step: number): void {
  const last = manifest.end?.step ?? lastStep(directory, manifest.parent?.step ?? 0);
  if (step <= last) return;
  throw new ConfigError(
    `${directory}: step ${step} is beyond the run, which has come to step ${last}; choose a step up to ` +
      `there, or make more of them with "eoss resume ${directory} --steps ${step}"`,
  );
}

/** The step at which the records of a run without an end stop. */
function lastStep(directory: string, first: number): number {
  const lines = endOf(join(directory, "metrics.jsonl")).split("\n").slice(0, -1);
  for (const line of lines.reverse()) {
    try {
      const { step, quantity } = parseRecord(line, directory);
      // The update of the step was made.
      return quantity === STEP_LOSS ? step + 1 : step;
    } catch {
      // A damaged line, or the end of a long one.
    }
  }
  return first;
}

function endOf(path: string): string {
  try {
    return readEnd(path);
  } catch {
    return "";
  }
}
