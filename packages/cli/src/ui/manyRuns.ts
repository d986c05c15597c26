import { basename } from "node:path";
import type { MakeOptions } from "@eoss/experiments";
import type { JobCount } from "@eoss/lab";
import type { RunProgress } from "@eoss/run";
import { interruptSignal } from "./interrupt.js";
import { LiveLine } from "./liveLine.js";

type Hooks = Required<Omit<MakeOptions, keyof JobCount>>;

/**
 * Shows the making of several runs: which go on and how far they are in a live line, notes there too,
 * warnings above it. Ctrl-C ends the runs cleanly.
 */
export async function withRunsProgress<T>(work: (hooks: Hooks) => Promise<T>): Promise<T> {
  const line = new LiveLine();
  const latest = new Map<string, RunProgress>();
  try {
    return await work({
      signal: interruptSignal(),
      onProgress: (job, progress) => {
        latest.set(basename(job.out), progress);
        line.show(() => progressText(latest));
      },
      onNote: (text) => line.show(() => text, true),
      onWarning: (message) => line.warn(message),
    });
  } finally {
    line.clear();
  }
}

/** Runs that go on, and how many have been made. */
function progressText(latest: ReadonlyMap<string, RunProgress>): string {
  const going = [...latest].filter(([, { step, steps }]) => step < steps);
  const each = going.map(([name, { step, steps }]) => `${name} ${step}/${steps}`);
  return [`${latest.size - going.length} runs done`, ...each].join(" · ");
}
