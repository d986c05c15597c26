import { type JobCount, runsAtATime } from "@eoss/lab";
import { type Outcome, POOL_OPTIONS, workOff } from "@eoss/lab/internal";
import { callback, checkTypedOptions, flag, list, type OptionDomains } from "@eoss/rng/internal";
import type { MetricRecord, RunManifest } from "@eoss/run";
import { poolSize } from "./poolSize.js";
import { RunQueue } from "./queue.js";
import { forgetFailure, isEnded, noteFailure, type RunFailure, stateOf } from "./runState.js";
import type { Sweep, SweepRun } from "./sweep.js";
import { type SweepProgress, SweepProgressMeter } from "./sweepProgress.js";

/** `jobs` are runs at a time; default: as many as cores and memory allow. */
export interface MakeSweepOptions extends JobCount {
  /** The runs to make, of those of the sweep; default: all. */
  readonly runs?: readonly SweepRun[] | undefined;
  /** Whether runs are made in processes of their own (default), or all in this one. */
  readonly separate?: boolean | undefined;
  /** Whether to go on with runs though data, code or versions changed since they began; default false. */
  readonly acceptChanges?: boolean | undefined;
  readonly onProgress?: ((progress: SweepProgress, fresh: boolean) => void) | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Opens a log for a run that begins or goes on: it is told the records, as `onRecords` of `train`. */
  readonly logOf?: ((run: SweepRun) => RunLog) | undefined;
  /** Aborting ends the runs under way with a checkpoint; the others do not begin. */
  readonly signal?: AbortSignal | undefined;
}

/** Writes down elsewhere what is recorded of a run while it is made. */
export interface RunLog {
  readonly add: (records: readonly MetricRecord[], run: RunManifest) => void;
  /** Nothing comes any more. */
  close(): void;
}

/** What the options may be. */
export const SWEEP_OPTIONS: OptionDomains<MakeSweepOptions> = {
  ...{ ...POOL_OPTIONS, runs: list("of runs of the sweep"), acceptChanges: flag },
  logOf: callback,
};

export interface MadeSweep {
  readonly directory: string;
  /** Runs asked for. */
  readonly runs: number;
  /** Names of those that are over now, and of those made in this call. */
  readonly over: readonly string[];
  readonly made: readonly string[];
  /** Why others failed, by name. */
  readonly failures: Readonly<Record<string, RunFailure>>;
  readonly interrupted: boolean;
  /** Runs that were made at a time. */
  readonly workers: number;
}

/**
 * Makes the runs of a sweep that are not over, several at a time, each in a folder of its own. Runs
 * that were begun go on from their checkpoints. One that fails is noted and stops no other. Several
 * processes, also on several machines with a common file system, may make the same sweep: each run is
 * made by one of them.
 *
 * @throws ConfigError if a folder holds another run, before anything is made
 */
export async function makeSweep(sweep: Sweep, options: MakeSweepOptions = {}): Promise<MadeSweep> {
  checkTypedOptions("makeSweep", options, SWEEP_OPTIONS);
  const { runs: wanted = sweep.runs, separate = true, acceptChanges = false } = options;
  const { onProgress, onWarning, logOf, signal } = options;
  const runs = wanted.map((run): SweepRun => ({ ...run, acceptChanges }));
  const states = new Map(runs.map((run) => [run, stateOf(run)]));
  const isDone = (run: SweepRun) => isEnded(states.get(run)!);
  const over = runs.filter(isDone).map(({ name }) => name);
  const waiting = runs.filter((run) => !isDone(run));
  const wished = runsAtATime(options, poolSize(waiting.length, sweep.memory));
  const processes = Math.max(1, Math.min(wished, waiting.length));
  const made: string[] = [];
  const failures: Record<string, RunFailure> = {};
  const meter = new SweepProgressMeter(runs.length, over.length, processes);
  const show = (fresh: boolean) => onProgress?.(meter.read(queue.waiting), fresh);
  const isOver = (run: SweepRun) => {
    over.push(run.name);
    meter.done(run);
    show(true);
  };
  const queue = new RunQueue(waiting, { signal, onElsewhere: isOver });

  const logs = new Map<SweepRun, RunLog>();
  const logged = (run: SweepRun, records: readonly MetricRecord[], manifest: RunManifest) => {
    const log = logs.get(run) ?? logOf!(run);
    logs.set(run, log);
    log.add(records, manifest);
  };

  const note = (run: SweepRun, outcome: Outcome) => {
    logs.get(run)?.close();
    logs.delete(run);
    const { state, reason } = stateOf(run);
    const ended = isEnded({ state });
    if ("error" in outcome && outcome.error.name !== "AbortError") {
      // Another process was faster.
      if (ended) return isOver(run);
      if (state === "running") return queue.putBack(run);
      return failed(run, outcome.error);
    }
    forgetFailure(run);
    // Interrupted, or at a time limit of its own: the next call goes on with it.
    if (!ended) return meter.stopped(run);
    made.push(run.name);
    isOver(run);
    if (state === "diverged") onWarning?.(`${run.name} diverged: ${reason}`);
  };
  const failed = (run: SweepRun, { name, message }: Error) => {
    failures[run.name] = { name, message };
    meter.failed(run);
    onWarning?.(`${run.name} failed: ${message}`);
    try {
      noteFailure(run, { name, message });
    } catch (error) {
      onWarning?.((error as Error).message);
    }
    show(true);
  };

  await workOff(() => queue.next(), note, {
    jobs: processes,
    separate,
    onProgress: (run, progress) => {
      meter.progress(run, progress);
      show(false);
    },
    onRecords: logOf && logged,
    onWarning,
    signal,
  });
  return {
    directory: sweep.directory,
    runs: runs.length,
    over,
    made,
    failures,
    interrupted: signal?.aborted ?? false,
    workers: processes,
  };
}
