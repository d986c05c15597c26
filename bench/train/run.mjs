/**
 * A training step (gradient of the mean loss of a batch, SGD update) here and in PyTorch, in turns on
 * the same machine: ms and ratios.
 *
 *   npm run setup && node bench/train/run.mjs [--quick] [python with torch]
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
const ours = ["wasm", ...(hasNative ? ["native"] : [])].map((backend) =>
  contestant(backend, process.execPath, [file("tfjs.mjs"), backend]),
);
if (!hasNative) console.log("no native backend: it is built by node scripts/native-tfjs.mjs\n");

const threads = { wasm: "1", native: "all" };
const cases = [
  { network: "mlp", batch: 16, steps: 20 },
  { network: "mlp", batch: 128, steps: 8 },
  { network: "cnn", batch: 32, steps: 2 },
];
const heads = ["network", "b", "backend", "threads", "ours", "PyTorch, 1", "PyTorch, 2"];
console.log(
  "ms of a step, best (median). Ratios are of the best, to PyTorch with 1 and 2 threads;",
);
console.log("the last one is of median CPU times, which hardly depend on what else is running.\n");
console.log(`| ${heads.join(" | ")} | ours/1 | ours/2 | CPU/1 |`);
console.log(`|${"---|".repeat(heads.length + 3)}`);

const format = ({ best, median }) => `${best.toFixed(2)} (${median.toFixed(2)})`;
for (const task of cases) {
  const [one, two, ...rest] = await inTurns([...torch, ...ours], task, quick ? 2 : 10);
  for (const [index, figures] of rest.entries()) {
    const { name } = ours[index];
    const cells = [task.network, task.batch, name, threads[name]];
    const ratios = [
      figures.best / one.best,
      figures.best / two.best,
      figures.cpu.median / one.cpu.median,
    ].map((ratio) => ratio.toFixed(1));
    console.log(`| ${[...cells, ...[figures, one, two].map(format), ...ratios].join(" | ")} |`);
  }
}
for (const each of [...torch, ...ours]) each.end();
