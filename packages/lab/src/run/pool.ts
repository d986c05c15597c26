import { availableParallelism } from "node:os";
import { MessageChannel } from "node:worker_threads";
import { Tinypool } from "tinypool";
import type { TrainConfig } from "../config.js";
import type { Failure } from "../trainWorker.js";
import type { ForkChanges } from "./fork.js";
import type { Progress } from "./progress.js";
import type { RunSummary } from "./summary.js";

/** A run for a worker: the arguments of `train` or `fork` that can be sent to another thread. */
export interface Job {
  readonly config: TrainConfig;
  readonly out: string;
  /** Of a fork; `config` is what comes of it then, for those who look at the job. */
  readonly fork?: {
    readonly parent: string;
    readonly at: number;
    readonly changes: ForkChanges;
  };
}

export interface PoolOptions {
  /** Runs at a time; default: the number of cores. */
  readonly workers?: number;
  readonly onProgress?: (job: Job, progress: Progress) => void;
  /** Aborting ends the runs cleanly, as `interrupted`; runs not yet begun end at their start. */
  readonly signal?: AbortSignal;
}

/**
 * Makes several runs, each in a thread with a backend of its own. A folder that holds a run already is
 * gone on with.
 *
 * @returns the summaries in the order of the jobs
 * @throws what `makeRun` throws, by name and message
 */
export async function trainAll(
  jobs: readonly Job[],
  { workers = availableParallelism(), onProgress, signal }: PoolOptions = {},
): Promise<RunSummary[]> {
  const pool = new Tinypool({
    filename: new URL("./trainWorker.js", import.meta.url).href,
    minThreads: 1,
    maxThreads: Math.min(workers, jobs.length),
  });
  try {
    return await Promise.all(
      jobs.map(async (job) => {
        const { port1: here, port2: there } = new MessageChannel();
        here.on("message", (progress: Progress) => onProgress?.(job, progress));
        const abort = () => here.postMessage("abort");
        if (signal?.aborted) abort();
        signal?.addEventListener("abort", abort);
        try {
          const result: RunSummary | Failure = await pool.run(
            { ...job, port: there },
            { transferList: [there] },
          );
          if ("failed" in result) throw Object.assign(new Error(), result.failed);
          return result;
        } finally {
          signal?.removeEventListener("abort", abort);
          here.close();
        }
      }),
    );
  } finally {
    await pool.destroy();
  }
}
