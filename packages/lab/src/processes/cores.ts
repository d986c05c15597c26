import { availableParallelism } from "node:os";
import { type OptionDomains, positiveInteger } from "@eoss/rng/internal";

/** The environment variable with the cores that a process may use, where its maker shares them out. */
export const CORES_VARIABLE = "EOSS_CORES";

/** Cores that this process may use: its share, if it was given one, or those of the machine. */
export function coresHere(): number {
  const share = Number(process.env[CORES_VARIABLE]);
  return Number.isInteger(share) && share > 0 ? share : availableParallelism();
}

/** The share of each of several processes in the cores that this one may use; at least one. */
export function coresEach(processes: number): number {
  return Math.max(1, Math.floor(coresHere() / processes));
}

/** How many processes make runs at the same time. */
export interface JobCount {
  /** Processes, each with one run at a time; default: one for each core that may be used. */
  readonly jobs?: number | undefined;
  /** @deprecated The old name of `jobs`; `workers` are the threads of one run. */
  readonly workers?: number | undefined;
}

/** What they may be. */
export const JOB_COUNT: OptionDomains<JobCount> = {
  jobs: positiveInteger,
  workers: positiveInteger,
};

/** Runs to make at a time: as many as are asked for. @param usual without being asked; at least 1 */
export function runsAtATime({ jobs, workers }: JobCount, usual = coresHere()): number {
  return Math.max(1, jobs ?? workers ?? usual);
}
