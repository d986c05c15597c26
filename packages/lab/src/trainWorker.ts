/** The process that makes runs, for `processes/runProcess.ts`. */

import type { MetricRecord, RunManifest, RunProgress } from "@eoss/run";
import { earlyEndText } from "./plugins/plugins.js";
import type { Answer, Order } from "./processes/runProcess.js";
import { sentError } from "./processes/sentError.js";
import { type ProcessJob, perform } from "./processes/work.js";

/** Progress is sent at most this often, except after a measurement and at the last step; so are records. */
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
  const records = new RecordsSent();
  const onRecords = "run" in work && work.told ? records.add : undefined;
  const onWarning = (warning: string) => answer({ warning });
  try {
    return {
      result: await perform(work, { onProgress, onRecords, onWarning, signal: stop.signal }),
    };
  } catch (error) {
    return { failed: sentError(error) };
  } finally {
    records.send();
  }
}

/** Sends the records of some steps together. What a kill leaves unsent is in the folder of the run. */
class RecordsSent {
  #records: MetricRecord[] = [];
  #of: RunManifest | undefined;
  #last = 0;

  readonly add = (records: readonly MetricRecord[], of: RunManifest): void => {
    for (const record of records) this.#records.push(record);
    this.#of = of;
    if (performance.now() - this.#last >= INTERVAL) this.send();
  };

  send(): void {
    if (this.#of !== undefined) answer({ records: this.#records, of: this.#of });
    this.#records = [];
    this.#of = undefined;
    this.#last = performance.now();
  }
}

function answer(message: Answer): void {
  if (process.connected) process.send?.(message);
}
