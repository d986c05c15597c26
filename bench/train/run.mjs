/**
 * A training step (gradient of the mean loss of a batch, SGD update) here and in PyTorch, in turns on
 * the same machine: ms and ratios.
 *
 *   npx turbo run build --filter=@eoss/lab && node bench/train/run.mjs [--quick] [python with torch]
 */
import { fileURLToPath } from "node:url";
import { hasNative } from "./native.mjs";
import { contestant, inTurns } from "./turns.mjs";

const quick = process.argv.includes("--quick");
const python = process.argv.slice(2).find((word) => !word.startsWith("--")) ?? "python3";
const file = (name) => fileURLToPath(new URL(name, import.meta.url));

const torch = [1, 2].map((threads) =>
  contestant(`PyTorch, ${threads} threads`, python, [file("pytorch.py"), String(threads)]),
);
const ours = ["wasm", ...(hasNative ? ["tensorflow"] : [])].map((backend) =>
  contestant(backend, process.execPath, [file("tfjs.mjs"), backend]),
);
if (!hasNative)
  console.log("without the native backend: build it with node scripts/native-tfjs.mjs");

const threads = { wasm: "1", tensorflow: "all" };
const cases = [
  { network: "mlp", batch: 16, steps: 20 },
  { network: "mlp", batch: 128, steps: 8 },
  { network: "cnn", batch: 32, steps: 2 },
];
console.log(
  "ms of a step: best (median). Ratios are of the best, against PyTorch's with 1, 2 threads",
);
console.log("");
console.log(
  "| network | b | backend | threads | ours | PyTorch, 1 | PyTorch, 2 | ours/1 | ours/2 |",
);
console.log("|---|---|---|---|---|---|---|---|---|");
const format = ({ best, median }) => `${best.toFixed(2)} (${median.toFixed(2)})`;
for (const task of cases) {
  const turns = quick ? 2 : 10;
  const [one, two, ...rest] = await inTurns([...torch, ...ours], task, turns);
  for (const [index, figures] of rest.entries()) {
    const { name } = ours[index];
    const ratios = [one, two].map(({ best }) => (figures.best / best).toFixed(1));
    const cells = [task.network, task.batch, name, threads[name]];
    console.log(`| ${[...cells, ...[figures, one, two].map(format), ...ratios].join(" | ")} |`);
  }
}
for (const each of [...torch, ...ours]) each.end();
