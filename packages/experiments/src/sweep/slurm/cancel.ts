import { ConfigError } from "@eoss/run";
import { readSweep } from "../sweep.js";
import { cancelTasks, liveTasks } from "./commands.js";
import { readSubmissions } from "./submissions.js";
import { liveRuns } from "./submit.js";

/**
 * Cancels the tasks of a sweep that wait or run. Runs under way are left with a checkpoint.
 *
 * @param runs names of runs, whose tasks alone are cancelled, with all that they would make; default:
 *   all tasks
 * @returns the names of the tasks, JOB_INDEX
 * @throws ConfigError if Slurm does not answer, or a run is in no such task
 */
export async function cancelSweep(
  directory: string,
  runs?: readonly string[] | undefined,
): Promise<string[]> {
  readSweep(directory);
  const live = liveRuns(readSubmissions(directory), await liveTasks());
  const stray = runs?.find((name) => !live.has(name));
  if (stray !== undefined) {
    throw new ConfigError(
      `${stray} is in no task that is waiting or running; runs in such tasks: ${[...live.keys()].join(", ") || "none"}`,
    );
  }
  const wanted = [...live].filter(([name]) => runs === undefined || runs.includes(name));
  const names = [...new Set(wanted.map(([, { job, index }]) => `${job}_${index}`))];
  await cancelTasks(names);
  return names;
}
