import type { MessagePort } from "node:worker_threads";
import { makeRun } from "./run/makeRun.js";
import type { Job } from "./run/pool.js";
import type { Progress } from "./run/progress.js";
import type { RunSummary } from "./run/summary.js";

/** Progress is sent at most this often, except after a measurement and at the last step. */
const INTERVAL = 100; // ms

/** What went wrong: an error that crosses threads keeps its message, but not the name of its class. */
export interface Failure {
  readonly failed: { readonly name: string; readonly message: string; readonly stack?: string };
}

/** What a thread of `trainAll` does: one run, progress to the port, until told to stop there. */
export default async function work({
  port,
  ...job
}: Job & { port: MessagePort }): Promise<RunSummary | Failure> {
  const stop = new AbortController();
  port.on("message", () => stop.abort());
  let last = 0;
  const onProgress = (progress: Progress) => {
    const now = performance.now();
    const due = progress.fresh || progress.step === progress.steps;
    if (now - last < INTERVAL && !due) return;
    last = now;
    port.postMessage(progress);
  };
  try {
    return await makeRun(job, { onProgress, signal: stop.signal });
  } catch (error) {
    const { name, message, stack = "" } = error as Error;
    return { failed: { name, message, stack } };
  } finally {
    port.close();
  }
}
