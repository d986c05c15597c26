/** The state of every run of a sweep, from the folders and from Slurm. */

import { join } from "node:path";
import { readEnd } from "@eoss/lab/internal";
import { STEP_LOSS } from "@eoss/run";
import { isEnded, type RunState, type RunStateName, stateOf } from "./runState.js";
import { endedTasks, liveTasks, type SlurmTask } from "./slurm/commands.js";
import { readSubmissions, type Submission } from "./slurm/submissions.js";
import { liveRuns } from "./slurm/submit.js";
import { readSweep, type SweepRun } from "./sweep.js";

/** `queued` is in a task of a cluster that waits, or runs and has not come to it. */
type StatusName = RunStateName | "queued";

export interface SweepRunStatus {
  readonly name: string;
  readonly state: StatusName;
  /** Updates made, as far as is known. */
  readonly step: number | null;
  readonly steps: number;
  readonly reason: string;
  /** The task of a cluster that has the run, or had it last: JOB_INDEX and its state. */
  readonly task?: string;
}

export interface SweepStatus {
  readonly directory: string;
  readonly runs: readonly SweepRunStatus[];
  /** How many runs are in each state. */
  readonly counts: Readonly<Partial<Record<StatusName, number>>>;
  /** Why Slurm could not be asked, if so; what stands here is from the folders then. */
  readonly slurm?: string;
}

/**
 * Where the runs of a sweep stand, from their folders, and from Slurm where it has a part in them.
 *
 * @throws ConfigError if the folder keeps no sweep
 */
export async function sweepStatus(directory: string): Promise<SweepStatus> {
  const sweep = readSweep(directory);
  const states = sweep.runs.map((run) => ({ run, ...stateOf(run) }));
  // Where all is over, the folder may have been taken to where there is no cluster.
  const submissions = states.every(isEnded) ? [] : readSubmissions(directory);
  const asked = submissions.length === 0 ? [] : await asking(liveTasks());
  const live = liveRuns(submissions, "error" in asked ? [] : asked);
  const lost = states.filter(
    ({ run: { name }, state }) => ["waiting", "begun"].includes(state) && !live.has(name),
  );
  const ended = await lastTasks(
    submissions,
    lost.map(({ run: { name } }) => name),
  );
  const runs = states.map(({ run, ...own }) =>
    statusOf(run, own, live.get(run.name), ended.get(run.name)),
  );
  const counts: Partial<Record<StatusName, number>> = {};
  for (const { state } of runs) counts[state] = (counts[state] ?? 0) + 1;
  return { directory, runs, counts, ...("error" in asked && { slurm: asked.error }) };
}

function statusOf(
  run: SweepRun,
  { state, step, reason }: RunState,
  live: SlurmTask | undefined,
  ended: SlurmTask | undefined,
): SweepRunStatus {
  const { name, config } = run;
  const isOver = isEnded({ state });
  const task = isOver ? undefined : (live ?? ended);
  const queued = live !== undefined && !isOver && state !== "running";
  return {
    name,
    state: queued ? "queued" : state,
    step: step ?? lastStep(run),
    steps: config.steps,
    reason,
    ...(task && { task: taskText(task) }),
  };
}

function taskText({ job, index, state, detail }: SlurmTask): string {
  return `${job}_${index} ${state} ${detail === "None assigned" ? "" : detail}`.trim();
}

/** What became of the tasks that had these runs last. */
async function lastTasks(
  submissions: readonly Submission[],
  names: readonly string[],
): Promise<Map<string, SlurmTask>> {
  const found = new Map<string, SlurmTask>();
  const missing = new Set(names);
  for (const { job, tasks } of [...submissions].reverse()) {
    const here = tasks.flat().filter((name) => missing.has(name));
    if (job === null || here.length === 0) continue;
    const ended = await endedTasks(job);
    for (const name of here) {
      missing.delete(name);
      const task = ended.find(({ index }) => tasks[index]?.includes(name));
      if (task) found.set(name, task);
    }
  }
  return found;
}

async function asking<T>(answer: Promise<T>): Promise<T | { readonly error: string }> {
  try {
    return await answer;
  } catch (error) {
    return { error: (error as Error).message };
  }
}

/** Updates made, by the last whole line of the records; they may be many. */
function lastStep({ out, within }: SweepRun): number | null {
  try {
    const lines = readEnd(join(out, "metrics.jsonl"), within).split("\n");
    const { step, quantity } = JSON.parse(lines.at(-2)!);
    if (typeof step !== "number") return null;
    return quantity === STEP_LOSS ? step + 1 : step;
  } catch {
    return null;
  }
}
