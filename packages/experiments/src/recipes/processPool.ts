import {
  coresEach,
  type ProcessJob,
  type ProcessResult,
  perform,
  RunProcess,
} from "@eoss/lab/internal";
import type { RunProgress } from "@eoss/run";

/** Who makes runs and curves: several processes, or this one. */
export interface ProcessPool {
  /** @throws what `perform` throws, from another process by name and message */
  do<W extends ProcessJob>(work: W, hooks: WorkHooks): Promise<ProcessResult<W>>;
  close(): Promise<void>;
  /** Ends the processes at once, with what they are at; what is made in this one goes on. */
  kill(): void;
}

interface WorkHooks {
  readonly onProgress?: ((progress: RunProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @param workers at a time; 1 is this process, one work after the other */
export function processPool(workers: number, onWarning?: (message: string) => void): ProcessPool {
  if (workers > 1) return new Processes(workers, onWarning);
  let last: Promise<unknown> = Promise.resolve();
  return {
    do(work, hooks) {
      // What comes after something that failed fails with it.
      const done = last.then(() => perform(work, { ...hooks, onWarning }));
      last = done;
      return done;
    },
    close: async () => {},
    kill: () => {},
  };
}

/** They take work in the order in which it is asked for. */
class Processes implements ProcessPool {
  readonly #all: readonly RunProcess[];
  readonly #idle: RunProcess[];
  readonly #waiting: Array<(process: RunProcess) => void> = [];

  constructor(
    count: number,
    readonly onWarning?: (message: string) => void,
  ) {
    this.#all = Array.from({ length: count }, () => new RunProcess(coresEach(count)));
    this.#idle = [...this.#all];
  }

  async do<W extends ProcessJob>(work: W, hooks: WorkHooks): Promise<ProcessResult<W>> {
    // The one that was let go last has started already.
    const own =
      this.#idle.pop() ?? (await new Promise<RunProcess>((take) => this.#waiting.push(take)));
    try {
      return await own.do(work, { ...hooks, onWarning: this.onWarning });
    } finally {
      const next = this.#waiting.shift();
      if (next) next(own);
      else this.#idle.push(own);
    }
  }

  async close(): Promise<void> {
    for (const process of this.#all) process.close();
  }

  kill(): void {
    for (const process of this.#all) process.kill();
  }
}
