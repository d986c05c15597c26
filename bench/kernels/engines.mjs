/**
 * Training steps, linearisations and Hessian-vector products of the networks on the kernels of WebAssembly, on
 * a BLAS (native) and in PyTorch, each on one thread and in turns: least CPU ms, and ratios to PyTorch.
 *
 *   npm run setup && node bench/kernels/engines.mjs [--quick] [python with torch]
 *
 * What is missing, a library or PyTorch, is left out and named.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { bestVariant } from "@eoss/kernels";
import { loadBlas } from "@eoss/kernels/native";
import { contestant, inTurns } from "../train/turns.mjs";

const quick = process.argv.includes("--quick");
const python = process.argv.slice(2).find((word) => !word.startsWith("--")) ?? "python3";
const file = (name) => fileURLToPath(new URL(name, import.meta.url));

const engines = bestVariant() === "relaxed" ? ["simd", "relaxed"] : ["simd"];
try {
  console.log(`native: ${(await loadBlas()).name}`);
  engines.push("native");
} catch (error) {
  console.log(`no native: ${error.message}`);
}
const sides = engines.map((name) => contestant(name, process.execPath, [file("engine.mjs"), name]));
const asked = spawnSync(python, ["-c", "import torch; print(torch.__version__)"]);
if (asked.status === 0) {
  console.log(`PyTorch ${asked.stdout.toString().trim()}`);
  sides.push(contestant("PyTorch", python, [file("pytorch.py")]));
} else console.log(`no PyTorch in ${python}`);

const cases = ["mlp", "cnn", "resnet10"].flatMap((network) =>
  [16, 128].flatMap((batch) =>
    ["step", "linearise", "Hv"].map((what) => ({ network, batch, what })),
  ),
);
const names = sides.map(({ name }) => name);
const ratios = asked.status === 0 ? engines.map((name) => `${name} / PyTorch`) : [];
const heads = ["network", "b", "what", ...names, ...ratios];
console.log(`Node ${process.versions.node}; least CPU ms\n\n| ${heads.join(" | ")} |`);
console.log(`|${"---|".repeat(heads.length)}`);
for (const { network, batch, what } of cases) {
  const steps = network === "mlp" ? 6 : batch === 16 ? 2 : 1;
  const times = await inTurns(sides, { network, batch, what, steps }, quick ? 2 : 6);
  const least = times.map(({ cpu }) => cpu.best);
  const cells = [
    ...[network, batch, what],
    ...least.map((ms) => ms.toFixed(1)),
    ...ratios.map((_, index) => (least[index] / least.at(-1)).toFixed(2)),
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
for (const side of sides) side.end();
