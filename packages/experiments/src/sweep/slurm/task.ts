import { checkTypedOptions } from "@eoss/rng/internal";
import { ConfigError } from "@eoss/run";
import { type MadeSweep, type MakeSweepOptions, makeSweep, SWEEP_OPTIONS } from "../makeSweep.js";
import { readSweep } from "../sweep.js";
import { readSubmission } from "./submissions.js";

const { runs: _, ...OPTIONS } = SWEEP_OPTIONS;

/**
 * What a task of a job array does: the runs that were dealt to it, as far as they are not over.
 *
 * @param number of the submission
 * @param index of the task in the array
 * @throws ConfigError if there is no such task
 */
export function makeTask(
  directory: string,
  number: number,
  index: number,
  options: Omit<MakeSweepOptions, "runs">,
): Promise<MadeSweep> {
  checkTypedOptions("makeTask", options, OPTIONS);
  const names = readSubmission(directory, number).tasks[index];
  if (names === undefined) {
    throw new ConfigError(`submission ${number} of ${directory} has no task ${index}`);
  }
  const sweep = readSweep(directory);
  // A run that the specification no longer has is no longer wanted.
  const runs = sweep.runs.filter(({ name }) => names.includes(name));
  return makeSweep(sweep, { ...options, runs });
}
