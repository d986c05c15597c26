/**
 * Time of `eoss` until it has done nothing but start, beside that of Node alone.
 *
 *   node bench/cli/run.mjs
 *
 * Best and median of 15 processes each, in turns. Needs a build.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const ROUNDS = 15;
const eoss = fileURLToPath(new URL("../../packages/cli/bin/eoss.js", import.meta.url));
const calls = {
  "node -e 0": ["-e", "0"],
  "eoss --version": [eoss, "--version"],
  "eoss --help": [eoss, "--help"],
  "eoss train --help": [eoss, "train", "--help"],
};

const times = Object.fromEntries(Object.keys(calls).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, words] of Object.entries(calls)) {
    const began = performance.now();
    const { status } = spawnSync(process.execPath, words);
    if (status !== 0) throw new Error(`${name} ended with ${status}`);
    times[name].push(performance.now() - began);
  }
}
for (const [name, all] of Object.entries(times)) {
  const sorted = all.sort((a, b) => a - b);
  const [best, median] = [sorted[0], sorted[ROUNDS >> 1]].map((time) => time.toFixed(0));
  console.log(`${name.padEnd(20)} best ${best.padStart(5)} ms   median ${median.padStart(5)} ms`);
}
