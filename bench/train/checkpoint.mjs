/**
 * What a checkpoint costs: runs of the mlp that write one after every step, against runs that write
 * none but the last, in turns. Heavy ball has a second tensor of the size of the parameters.
 *
 *   npm run setup && node bench/train/checkpoint.mjs [CIFAR-10 folder]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { train } from "@eoss/lab";
import { parseTrainConfig } from "@eoss/run";

const STEPS = 40;
const ROUNDS = 3;

const shared = fileURLToPath(new URL("../../../shared/data/cifar10", import.meta.url));
const folder = process.argv[2] ?? shared;
const out = mkdtempSync(join(tmpdir(), "eoss-checkpoint-"));
let runs = 0;

async function secondsOf(optimizer, every) {
  const config = parseTrainConfig({
    data: "cifar10",
    "data-dir": folder,
    samples: 1024,
    lr: 0.001,
    batch: 16,
    steps: STEPS,
    optimizer,
    measure: [],
    "checkpoint-every": every,
  });
  // Only the steps count, not loading and the report.
  let first;
  let last;
  const onProgress = ({ step }) => {
    if (step === 2) first = performance.now();
    if (step === STEPS) last = performance.now();
  };
  await train(config, { out: join(out, `run-${runs++}`), onProgress });
  return (last - first) / 1000;
}

console.log("| network | optimizer | MB | a checkpoint, ms (best of rounds) |");
console.log("|---|---|---|---|");
for (const [optimizer, tensors] of [
  ["sgd", 1],
  ["heavy-ball", 2],
]) {
  const costs = [];
  for (let round = 0; round < ROUNDS; round++) {
    const without = await secondsOf(optimizer, 0);
    const withThem = await secondsOf(optimizer, 1);
    costs.push((1000 * (withThem - without)) / (STEPS - 2));
  }
  const megabytes = (tensors * 4 * 1_841_162) / 1e6;
  console.log(
    `| mlp | ${optimizer} | ${megabytes.toFixed(1)} | ${Math.min(...costs).toFixed(1)} (${costs.map((x) => x.toFixed(0)).join(", ")}) |`,
  );
}
rmSync(out, { recursive: true });
