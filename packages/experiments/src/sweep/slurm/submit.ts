/** Submits the open runs of a sweep to Slurm, each once. */

import { basename, join, resolve } from "node:path";
import { writeWhole } from "@eoss/lab";
import { hash } from "@eoss/lab/internal";
import {
  checkTypedOptions,
  flag,
  list,
  needed,
  type OptionDomains,
  text,
} from "@eoss/rng/internal";
import { ConfigError } from "@eoss/run";
import { isEnded, stateOf } from "../runState.js";
import type { Sweep, SweepRun } from "../sweep.js";
import { expectedWork } from "../work.js";
import { liveTasks, type SlurmTask, submitScript } from "./commands.js";
import { arrayScript } from "./script.js";
import { slurmSchema } from "./settings.js";
import { readSubmissions, type Submission, slurmFolder, writeSubmission } from "./submissions.js";

export interface SubmitOptions {
  /** Whether the tasks go on with runs though data, code or versions changed; default false. */
  readonly acceptChanges?: boolean | undefined;
  /** The words that call eoss here: the tasks call it likewise. */
  readonly program: readonly string[];
}

const OPTIONS: OptionDomains<SubmitOptions> = {
  ...{ acceptChanges: flag, program: needed(list("of words", text)) },
};

/** What would be submitted. */
export interface SubmissionPlan {
  readonly submission: Submission;
  readonly script: string;
}

/** What was submitted; no job if there was nothing to. */
export interface Submitted {
  readonly directory: string;
  readonly job: string | null;
  readonly tasks: number;
  readonly runs: number;
  /** Runs that wait or run in tasks submitted earlier. */
  readonly live: number;
  /** Runs that are over. */
  readonly over: number;
}

/**
 * Submits the runs of a sweep that are not over, and not in a task that waits or runs, as a job array.
 * What is submitted is written down before, so that nothing is submitted twice.
 *
 * @throws ConfigError if Slurm does not answer, or refuses the script
 */
export async function submitSweep(sweep: Sweep, options: SubmitOptions): Promise<Submitted> {
  checkTypedOptions("submitSweep", options, OPTIONS);
  const { directory } = sweep;
  const tasks = await liveTasks();
  const earlier = readSubmissions(directory).map((submission) =>
    adopted(directory, submission, tasks),
  );
  const live = liveRuns(earlier, tasks);
  const states = sweep.runs.map((run) => ({ run, ...stateOf(run) }));
  const over = states.filter(isEnded);
  const open = states.filter(
    (one) => !isEnded(one) && one.state !== "running" && !live.has(one.run.name),
  );
  const counts = { directory, live: live.size, over: over.length };
  if (open.length === 0) return { ...counts, job: null, tasks: 0, runs: 0 };

  const { submission, script } = planSubmission(
    sweep,
    open.map(({ run }) => run),
    (earlier.at(-1)?.number ?? 0) + 1,
    options,
  );
  writeSubmission(directory, submission);
  const path = join(slurmFolder(directory), `${submission.number}.sh`);
  writeWhole(path, script, directory);
  const job = await submitScript(path).catch((error: Error) => {
    throw new ConfigError(
      `${error.message} (the script is ${path}; an array of ${submission.tasks.length} tasks may be ` +
        "more than the cluster accepts: raise runsPerTask in the slurm section to get fewer tasks)",
    );
  });
  writeSubmission(directory, { ...submission, job });
  return { ...counts, job, tasks: submission.tasks.length, runs: open.length };
}

/** Deals the runs out to tasks, so that each has some of the long ones. */
export function planSubmission(
  sweep: Sweep,
  runs: readonly SweepRun[],
  number: number,
  options: SubmitOptions,
): SubmissionPlan {
  checkTypedOptions("planSubmission", options, OPTIONS);
  const { program, acceptChanges = false } = options;
  const settings = sweep.slurm ?? slurmSchema.parse({});
  const directory = resolve(sweep.directory);
  const ordered = [...runs].sort((a, b) => expectedWork(b.config) - expectedWork(a.config));
  const size = Math.ceil(runs.length / settings.runsPerTask);
  const tasks = Array.from({ length: size }, (_, task) =>
    ordered.filter((_, position) => position % size === task).map(({ name }) => name),
  );
  const label = basename(directory).replace(/[^\w.-]+/g, "-");
  const jobName = `eoss-${label}-${hash(directory)}-${number}`;
  const script = arrayScript(settings, {
    directory,
    number,
    tasks: size,
    jobName,
    cwd: process.cwd(),
    program,
    acceptChanges,
  });
  return { submission: { number, jobName, job: null, tasks }, script };
}

/** The names of the runs in tasks that wait or run. */
export function liveRuns(
  submissions: readonly Submission[],
  tasks: readonly SlurmTask[],
): Map<string, SlurmTask> {
  const found = new Map<string, SlurmTask>();
  for (const task of tasks) {
    // By both: a folder may be a stranger's, and its numbers those of other jobs of the user.
    const own = submissions.find(
      ({ job, jobName }) => job === task.job && jobName === (task.name ?? jobName),
    );
    for (const name of own?.tasks[task.index] ?? []) found.set(name, task);
  }
  return found;
}

/**
 * A submission that was cut off before Slurm's number was written down: Slurm knows it by its name, or
 * it was never made.
 */
function adopted(
  directory: string,
  submission: Submission,
  tasks: readonly SlurmTask[],
): Submission {
  if (submission.job !== null) return submission;
  const job = tasks.find(({ name }) => name === submission.jobName)?.job;
  if (job === undefined) return submission;
  const whole = { ...submission, job };
  writeSubmission(directory, whole);
  return whole;
}
