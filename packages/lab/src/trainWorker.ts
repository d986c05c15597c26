/** The process that makes runs, for `processes/runProcess.ts`. */

import type { RunProgress } from "@eoss/run";
import { earlyEndText } from "./plugins/plugins.js";
import type { Answer, Order } from "./processes/runProcess.js";
import { sentError } from "./processes/sentError.js";
import { type ProcessJob, perform } from "./processes/work.js";

/** Progress is sent at most this often, except after a measurement and at the last step. */
const INTERVAL = 100; // ms

/** What a process of a pool does: what it is told to, one thing after another, until it is let go. */
let stop = new AbortController();
let busy = false;

process.on("message", async (order: Order) => {
  if (order === "abort") return stop.abort();
  busy = true;
  stop = new AbortController();
  answer(await made(order));
  busy = false;
  if (!process.connected) process.exit();
});

// Whoever gave the order repeats the last words.
process.on("exit", (code) => {
  const text = busy && code === 0 ? earlyEndText() : undefined;
  if (text !== undefined) process.stderr.write(`${text}\n`);
});

// A terminal sends Ctrl-C to all processes of a command: the one that leads says what to do.
process.on("SIGINT", () => {});
// So may a batch system with SIGTERM, but it may also mean this process alone. A terminal that is
// closed sends SIGHUP to all of them.
process.on("SIGTERM", () => stop.abort());
process.on("SIGHUP", () => stop.abort());
// Nobody may read what is said any more: that ends no run.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
// The leader let go, or died: what is under way ends with a checkpoint.
process.on("disconnect", () => {
  stop.abort();
  if (!busy) process.exit();
});

async function made(work: ProcessJob): Promise<Answer> {
  let last = 0;
  const onProgress = (progress: RunProgress) => {
    const now = performance.now();
    const due = progress.fresh || progress.step === progress.steps;
    if (now - last < INTERVAL && !due) return;
    last = now;
    answer({ progress });
  };
  const onWarning = (warning: string) => answer({ warning });
  try {
    return { result: await perform(work, { onProgress, onWarning, signal: stop.signal }) };
  } catch (error) {
    return { failed: sentError(error) };
  }
}

function answer(message: Answer): void {
  if (process.connected) process.send?.(message);
}
