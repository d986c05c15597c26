import type { MessagePort } from "node:worker_threads";
import { type Failure, perform, type ResultOf, type Work } from "./recipes/work.js";
import type { Progress } from "./run/progress.js";

/** Progress is sent at most this often, except after a measurement and at the last step. */
const INTERVAL = 100; // ms

/** What a thread of a crew does: one run or curve, progress to the port, until told to stop there. */
export default async function work<W extends Work>({
  port,
  work,
}: {
  port: MessagePort;
  work: W;
}): Promise<ResultOf<W> | Failure> {
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
    return await perform(work, { onProgress, signal: stop.signal });
  } catch (error) {
    const { name, message, stack = "" } = error as Error;
    return { failed: { name, message, stack } };
  } finally {
    port.close();
  }
}
