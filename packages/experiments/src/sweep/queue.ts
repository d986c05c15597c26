/** The order in which the runs of a sweep are made, shared with other processes. */

import { setTimeout as wait } from "node:timers/promises";
import { isLocked } from "@eoss/lab";
import { isEnded, stateOf } from "./runState.js";
import type { SweepRun } from "./sweep.js";
import { expectedWork } from "./work.js";

/** How often a run that another process has is looked at. */
const POLL = 1000; // ms

export interface QueueOptions {
  readonly signal?: AbortSignal | undefined;
  /** Is told of a run that another process has made meanwhile. */
  readonly onElsewhere?: ((run: SweepRun) => void) | undefined;
  /** Is told when there is nothing to do but wait for runs that other processes make. */
  readonly onWaiting?: ((runs: readonly SweepRun[]) => void) | undefined;
}

/**
 * The runs still to make, the longest first. One that another process is making is left to it: it is
 * waited for, and taken over if that process ends before the run does.
 */
export class RunQueue {
  readonly #runs: SweepRun[];

  constructor(
    runs: readonly SweepRun[],
    readonly options: QueueOptions = {},
  ) {
    this.#runs = [...runs].sort((a, b) => expectedWork(b.config) - expectedWork(a.config));
  }

  /** The next run to make; undefined: there is none any more, or the signal has fired. */
  async next(): Promise<SweepRun | undefined> {
    const { signal, onElsewhere, onWaiting } = this.options;
    while (this.#runs.length > 0 && !signal?.aborted) {
      const free = this.#runs.findIndex(({ out }) => !isLocked(out));
      if (free >= 0) {
        const [run] = this.#runs.splice(free, 1);
        if (!isEnded(stateOf(run!))) return run;
        onElsewhere?.(run!);
      } else {
        onWaiting?.(this.#runs);
        await wait(POLL, undefined, { signal }).catch(() => {});
      }
    }
    return undefined;
  }

  /** Takes back a run that another process was faster to begin. */
  putBack(run: SweepRun): void {
    this.#runs.push(run);
  }

  get waiting(): readonly SweepRun[] {
    return this.#runs;
  }
}
