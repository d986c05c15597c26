import { setImmediate } from "node:timers/promises";

const INTERVAL = 50; // ms

/**
 * A function to await in long computations: now and then it lets the process handle signals and
 * timers, and it rejects with an AbortError once the signal has fired.
 */
export function pauseForEvents(signal?: AbortSignal): () => Promise<void> {
  let last = performance.now();
  return async () => {
    const now = performance.now();
    if (now - last < INTERVAL) return;
    await setImmediate();
    last = performance.now();
    if (signal?.aborted) throw interrupted();
  };
}

/** What a run that was aborted ends with. */
export function interrupted(): DOMException {
  return new DOMException("the run was interrupted", "AbortError");
}
