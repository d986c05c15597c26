import { readRun } from "@eoss/lab";
import type { MetricRecord, OpenedRun } from "@eoss/run";
import { incompleteText } from "@eoss/run/internal";

/** A run with its records in the order of their steps. */
export interface ExportedRun {
  readonly run: OpenedRun;
  /** A step measured again, after a resume, counts once: last. */
  readonly records: readonly MetricRecord[];
}

/**
 * Runs that are read one after another, so that one at a time is in memory, and anew each time that
 * they are gone through.
 *
 * @param warnings gets what was left out of them
 */
export function runsAt(
  directories: readonly string[],
  warnings: Set<string>,
): Iterable<ExportedRun> {
  return { [Symbol.iterator]: () => readRuns(directories, warnings) };
}

function* readRuns(directories: readonly string[], warnings: Set<string>): Generator<ExportedRun> {
  for (const directory of directories) {
    const run = readRun(directory);
    if (run.truncated) warnings.add(incompleteText(directory));
    yield { run, records: lastOfEach(run.records) };
  }
}

/** Of records of one step and quantity the last, by step. */
export function lastOfEach(records: readonly MetricRecord[]): MetricRecord[] {
  const byKey = new Map(records.map((one) => [`${one.step} ${one.quantity}`, one]));
  return [...byKey.values()].sort((a, b) => a.step - b.step);
}
