import { MessageChannel } from "node:worker_threads";
import { Tinypool } from "tinypool";
import type { Progress } from "../run/progress.js";
import { type Failure, perform, type ResultOf, type Work } from "./work.js";

/** Who makes runs and curves: several threads, or the calling one. */
export interface Crew {
  /** @throws what `perform` throws, from a thread by name and message */
  do<W extends Work>(work: W, hooks: WorkHooks): Promise<ResultOf<W>>;
  close(): Promise<void>;
}

export interface WorkHooks {
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @param workers at a time; 1 is the calling thread, one work after the other */
export function crewOf(workers: number, onWarning?: (message: string) => void): Crew {
  if (workers > 1) return new Threads(workers);
  let last: Promise<unknown> = Promise.resolve();
  return {
    do(work, hooks) {
      // What comes after something that failed fails with it.
      const done = last.then(() => perform(work, { ...hooks, onWarning }));
      last = done;
      return done;
    },
    close: async () => {},
  };
}

/** Each with a backend of its own; they take work in the order in which it is asked for. */
class Threads implements Crew {
  readonly #pool: Tinypool;

  constructor(threads: number) {
    this.#pool = new Tinypool({
      filename: new URL("./recipeWorker.js", import.meta.url).href,
      minThreads: 1,
      maxThreads: threads,
    });
  }

  async do<W extends Work>(work: W, { onProgress, signal }: WorkHooks): Promise<ResultOf<W>> {
    const { port1: here, port2: there } = new MessageChannel();
    here.on("message", (progress: Progress) => onProgress?.(progress));
    const abort = () => here.postMessage("abort");
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
    try {
      const result: ResultOf<W> | Failure = await this.#pool.run(
        { work, port: there },
        { transferList: [there] },
      );
      if ("failed" in result) throw Object.assign(new Error(), result.failed);
      return result as ResultOf<W>;
    } finally {
      signal?.removeEventListener("abort", abort);
      here.close();
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
