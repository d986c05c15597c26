import { isMainThread } from "node:worker_threads";
import { ConfigError, type TrainConfig } from "@eoss/run";
import { coresHere } from "../processes/cores.js";

/** The others have threads of their own. */
const SINGLE_THREADED = ["wasm", "cpu"];

/**
 * Threads that measure, by the setting `workers`: 1 is the calling thread alone. "auto" takes one for
 * each core that the process may use, but in a thread, whose maker has shared out the cores, 1.
 *
 * @param backend the one that runs
 * @throws ConfigError for several threads with a backend that has its own
 */
export function workersOf({ workers }: Pick<TrainConfig, "workers">, backend: string): number {
  const single = SINGLE_THREADED.includes(backend);
  if (workers === "auto") return single && isMainThread ? coresHere() : 1;
  if (workers === 1 || single) return workers;
  throw new ConfigError(
    `workers is ${workers}, but the ${backend} backend has threads of its own; allowed: 1, auto, or ` +
      `the backends ${SINGLE_THREADED.join(" and ")}`,
  );
}
