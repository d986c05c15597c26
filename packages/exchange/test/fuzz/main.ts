import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import type { Finding, FuzzAnswer, FuzzSetup } from "./worker.js";

// Reads mutated files of every kind in a thread, and watches it: a case is told to the user by an
// error of the product's own, within two seconds of computing and half a gigabyte.

const SECONDS = 2;
/** Without computing, it waits for something that does not come. */
const WAITING_SECONDS = 60;
const MEGABYTES = 512;
/** So often it is said how far it is. */
const TELL_SECONDS = 30;
/** More than these say nothing new. */
const MOST_FINDINGS = 40;

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "50000" },
    seed: { type: "string", default: "1" },
    from: { type: "string", default: "0" },
  },
});
const [count, seed, first] = [values.count, values.seed, values.from].map(Number) as [
  number,
  number,
  number,
];
const root = mkdtempSync(join(tmpdir(), "eoss-fuzz-"));
const findings: Finding[] = [];
const counts: Record<string, number> = {};
let told = performance.now() / 1000;

try {
  let from = first;
  while (from < first + count && findings.length < MOST_FINDINGS)
    from = await session(from, first + count);
} finally {
  rmSync(root, { recursive: true, force: true });
}
for (const { index, target, problem } of findings) {
  console.log(`case ${index} (${target}): ${problem}\n`);
}
console.log(
  Object.entries(counts)
    .map(([name, number]) => `${name} ${number}`)
    .sort()
    .join(", "),
);
console.log(`${count} inputs of seed ${seed}, ${findings.length} findings`);
if (findings.length > 0) {
  console.log(`one alone: npm run fuzz -- --seed ${seed} --from ${findings[0]!.index} --count 1`);
  process.exitCode = 1;
}

function tally(outcome: string): void {
  counts[outcome] = (counts[outcome] ?? 0) + 1;
}

/** Runs a thread until it is done or has to be stopped. @returns the case to go on with */
function session(from: number, to: number): Promise<number> {
  const at = new Int32Array(new SharedArrayBuffer(4)).fill(from);
  const setup: FuzzSetup = { seed, from, to, root, at };
  const worker = new Worker(new URL("./worker.js", import.meta.url), {
    workerData: setup,
    resourceLimits: { maxOldGenerationSizeMb: MEGABYTES },
  });
  let names: readonly string[] = [];
  return new Promise((resolve) => {
    const stop = (problem: string) => {
      clearInterval(watch);
      const index = Atomics.load(at, 0);
      const target = names[index % names.length] ?? "";
      findings.push({ index, target, problem });
      tally(`${target} stopped`);
      void worker.terminate().then(() => resolve(index + 1));
    };
    let seen = { index: -1, cpu: 0, time: 0 };
    const watch = setInterval(() => {
      // Nothing else computes in this process: its time is that of the thread, also on a busy machine.
      const { user, system } = process.cpuUsage();
      const time = performance.now() / 1000;
      const now = { index: Atomics.load(at, 0), cpu: (user + system) / 1e6, time };
      if (now.index !== seen.index) seen = now;
      else if (now.cpu - seen.cpu > SECONDS) stop(`still at it after ${SECONDS} s of computing`);
      else if (now.time - seen.time > WAITING_SECONDS) {
        stop(`still waiting after ${WAITING_SECONDS} s`);
      }
      if (time - told > TELL_SECONDS) {
        told = time;
        console.error(`${now.index - first} of ${count} inputs, ${findings.length} findings`);
      }
    }, 100);
    worker.on("message", (answer: FuzzAnswer) => {
      if ("names" in answer) names = answer.names;
      if ("finding" in answer) findings.push(answer.finding);
      if ("outcome" in answer) tally(answer.outcome);
      if (!("done" in answer)) return;
      clearInterval(watch);
      resolve(to);
    });
    worker.on("error", (error) => stop(`the thread died: ${error.message}`));
  });
}
