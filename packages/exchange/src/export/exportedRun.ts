import { readRun } from "@eoss/lab";
import type { MetricRecord, OpenedRun } from "@eoss/run";
import { incompleteText } from "@eoss/run/internal";

/** A run with its records in the order of their steps. */
export interface ExportedRun {
  readonly run: OpenedRun;
  /** A step measured again, after a resume, counts once: last. */
  readonly records: readonly MetricRecord[];
}

/** Reads runs one after another, so that one at a time is in memory. */
export function* readRuns(
  directories: readonly string[],
  warnings: string[],
): Generator<ExportedRun> {
  for (const directory of directories) {
    const run = readRun(directory);
    if (run.truncated) warnings.push(incompleteText(directory));
    const byKey = new Map(run.records.map((one) => [`${one.step} ${one.quantity}`, one]));
    yield { run, records: [...byKey.values()].sort((a, b) => a.step - b.step) };
  }
}
