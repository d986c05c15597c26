import type { RunProgress } from "@eoss/run";
import type { SweepRun } from "./sweep.js";
import { expectedWork } from "./work.js";

/** What a sweep is doing, for a line on the terminal. */
export interface SweepProgress {
  /** Runs of this sweep, or shard. */
  readonly runs: number;
  /** Of these, how many are over, and how many failed. */
  readonly over: number;
  readonly failed: number;
  readonly going: ReadonlyArray<{ readonly name: string; readonly step: number; steps: number }>;
  /** Updates a second, of all runs together; undefined before the first ones. */
  readonly rate: number | undefined;
  /** Seconds to go; undefined before anything is known. */
  readonly remaining: number | undefined;
}

interface Going {
  readonly began: number;
  /** The step at which this process took the run up. */
  readonly first: number;
  latest: RunProgress;
}

/** Turns the progress of single runs into that of a sweep. */
export class SweepProgressMeter {
  readonly #going = new Map<SweepRun, Going>();
  #over: number;
  #failed = 0;
  #steps = 0;
  /** Work done by runs that are over, and the seconds that it took. */
  #work = 0;
  #seconds = 0;
  readonly #began: number;

  /**
   * @param runs how many there are
   * @param over how many of them were over at the beginning
   * @param jobs runs at a time
   * @param clock seconds
   */
  constructor(
    readonly runs: number,
    over: number,
    readonly jobs: number,
    readonly clock: () => number = () => performance.now() / 1000,
  ) {
    this.#over = over;
    this.#began = clock();
  }

  progress(run: SweepRun, latest: RunProgress): void {
    const going = this.#going.get(run);
    if (going) going.latest = latest;
    else this.#going.set(run, { began: this.clock(), first: latest.step, latest });
  }

  /** A run is over, here or in another process. */
  done(run: SweepRun): void {
    this.stopped(run);
    this.#over += 1;
  }

  failed(run: SweepRun): void {
    this.stopped(run);
    this.#failed += 1;
  }

  /** A run is left as it stands. */
  stopped(run: SweepRun): void {
    const state = this.#going.get(run);
    if (state === undefined) return;
    this.#steps += state.latest.step - state.first;
    this.#work += workDone(run, state);
    this.#seconds += this.clock() - state.began;
    this.#going.delete(run);
  }

  /** @param waiting the runs that have not begun */
  read(waiting: readonly SweepRun[]): SweepProgress {
    const going = [...this.#going];
    const steps = going.reduce(
      (sum, [, { first, latest }]) => sum + latest.step - first,
      this.#steps,
    );
    const elapsed = this.clock() - this.#began;
    return {
      runs: this.runs,
      over: this.#over,
      failed: this.#failed,
      going: going.map(([{ name }, { latest }]) => ({
        name,
        step: latest.step,
        steps: latest.steps,
      })),
      rate: steps > 0 && elapsed > 0 ? steps / elapsed : undefined,
      remaining: this.#remaining(waiting),
    };
  }

  /** What runs say of themselves, and for those to come the seconds that work has taken so far. */
  #remaining(waiting: readonly SweepRun[]): number | undefined {
    const going = [...this.#going];
    const own = going.map(([, { latest }]) => latest.remaining ?? 0);
    const work = going.reduce((sum, [run, state]) => sum + workDone(run, state), this.#work);
    const seconds = going.reduce((sum, [, { began }]) => sum + this.clock() - began, this.#seconds);
    if (work === 0) return undefined;
    const ahead = waiting.reduce((sum, { config }) => sum + expectedWork(config), 0);
    const all = own.reduce((sum, time) => sum + time, 0) + (ahead * seconds) / work;
    return Math.max(all / this.jobs, ...own);
  }
}

function workDone({ config }: SweepRun, { first, latest }: Going): number {
  return (expectedWork(config) * (latest.step - first)) / latest.steps;
}
