import type { RunSummary } from "@eoss/report";
import {
  abortSignal,
  callback,
  checkTypedOptions,
  flag,
  type OptionDomains,
} from "@eoss/rng/internal";
import type { MetricRecord, RunManifest, RunProgress, TrainConfig } from "@eoss/run";
import type { ForkChanges } from "../run/fork.js";
import { makeRun } from "../run/makeRun.js";
import { coresEach, JOB_COUNT, type JobCount, runsAtATime } from "./cores.js";
import { RunProcess } from "./runProcess.js";

/** A run for another process: the arguments of `train` or `fork`. */
export interface Job {
  readonly config: TrainConfig;
  readonly out: string;
  /** The folder that the user named, if `out` is deeper in it: no link leads from there to `out`. */
  readonly within?: string;
  /** Whether to go on with what was begun though data, code or versions changed; default false. */
  readonly acceptChanges?: boolean;
  /** Of a fork; `config` is what comes of it then, for those who look at the job. */
  readonly fork?: {
    readonly parent: string;
    readonly at: number;
    readonly changes: ForkChanges;
  };
}

export interface PoolOptions<J extends Job = Job> extends JobCount {
  /** Whether runs are made in processes of their own; default: if there are several at a time. */
  readonly separate?: boolean | undefined;
  readonly onProgress?: ((job: J, progress: RunProgress) => void) | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Is told the records of each run, as `onRecords` of `train`; those of some steps together. */
  readonly onRecords?:
    | ((job: J, records: readonly MetricRecord[], run: RunManifest) => void)
    | undefined;
  /** Aborting ends the runs cleanly, as `interrupted`. */
  readonly signal?: AbortSignal | undefined;
}

/** What the options may be. */
export const POOL_OPTIONS: OptionDomains<PoolOptions> = {
  ...{ ...JOB_COUNT, separate: flag },
  ...{ onProgress: callback, onRecords: callback, onWarning: callback, signal: abortSignal },
};

/** How a run came out. */
export type Outcome = { readonly summary: RunSummary } | { readonly error: Error };

/**
 * Makes runs, several at a time, in processes that each have their own backend and make one run after another.
 * The processes share out the cores that this one may use. A run that fails, even by the death of its
 * process, stops no other. A folder that holds a run already is gone on with.
 *
 * @param next the next run to make; undefined: there is none any more
 * @param onOutcome is told how each run came out
 */
export async function workOff<J extends Job>(
  next: () => J | undefined | Promise<J | undefined>,
  onOutcome: (job: J, outcome: Outcome) => void,
  options: PoolOptions<J>,
): Promise<void> {
  const { onProgress, onRecords, signal } = options;
  const onWarning = once(options.onWarning);
  const processes = runsAtATime(options);
  const separate = options.separate ?? processes > 1;
  const make = (job: J, own: RunProcess | undefined) => {
    const hooks = {
      onProgress: (progress: RunProgress) => onProgress?.(job, progress),
      onRecords:
        onRecords &&
        ((records: readonly MetricRecord[], run: RunManifest) => onRecords(job, records, run)),
      onWarning,
      signal,
    };
    const told = onRecords !== undefined;
    return own
      ? own.do<{ run: Job; told: boolean }>({ run: job, told }, hooks)
      : makeRun(job, hooks);
  };
  const worker = async () => {
    const own = separate ? new RunProcess(coresEach(processes)) : undefined;
    try {
      for (let job = await next(); job !== undefined; job = await next()) {
        onOutcome(job, await outcomeOf(make(job, own)));
      }
    } finally {
      own?.close();
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: processes }, worker));
  const broken = ends.find((end) => end.status === "rejected");
  if (broken) throw broken.reason;
}

/** What is said of several runs in the same words is said once. */
function once(tell: PoolOptions["onWarning"]): PoolOptions["onWarning"] {
  const told = new Set<string>();
  return (message) => {
    if (told.has(message)) return;
    told.add(message);
    tell?.(message);
  };
}

async function outcomeOf(run: Promise<RunSummary>): Promise<Outcome> {
  try {
    return { summary: await run };
  } catch (error) {
    return { error: error as Error };
  }
}

/**
 * Makes all runs of a list. Runs not yet begun when the signal fires end at their start.
 *
 * @returns the summaries in the order of the jobs
 * @throws the first of the errors, after the other runs, by name and message
 */
export async function trainAll(
  jobs: readonly Job[],
  options: PoolOptions = {},
): Promise<RunSummary[]> {
  checkTypedOptions("trainAll", options, POOL_OPTIONS);
  const waiting = [...jobs];
  const summaries = new Map<Job, RunSummary>();
  const errors: Error[] = [];
  const note = (job: Job, outcome: Outcome) => {
    if ("summary" in outcome) summaries.set(job, outcome.summary);
    else errors.push(outcome.error);
  };
  const processes = Math.max(1, Math.min(runsAtATime(options), jobs.length));
  await workOff(() => waiting.shift(), note, { ...options, jobs: processes });
  if (errors[0]) throw errors[0];
  return jobs.map((job) => summaries.get(job)!);
}
