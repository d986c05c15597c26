/**
 * Hessian products here and in PyTorch, in turns on the same machine.
 *
 *   node bench/hvp/pytorch.mjs [python with torch 2.13.0]
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { disposeTree, linearize, mse } from "@eoss/hvp";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-wasm";
import { cnn, mlp, targets } from "./networks.mjs";
import { best } from "./timing.mjs";

const python = process.argv[2] ?? "python3";
const script = fileURLToPath(new URL("./pytorch.py", import.meta.url));
const torch = (threads) => JSON.parse(execFileSync(python, [script, String(threads)]).toString());
const [one, two] = [torch(1), torch(2)];

tf.enableProdMode();
await tf.setBackend("wasm");
await tf.ready();

console.log(
  "| network | b | ours, wasm, one thread | PyTorch, one thread | two threads | ours/one |",
);
console.log("|---|---|---|---|---|---|");
for (const [index, { network: name, batch, later }] of one.entries()) {
  const network = { mlp, cnn }[name];
  const params = network.parameters();
  const [x, y] = [network.inputs(batch), targets(batch)];
  const linearization = linearize((p) => mse(network.apply(p, x), y), params);
  const ms = best(3, () => disposeTree(linearization.hvp(params)));
  linearization.dispose();
  tf.dispose([params, x, y]);
  const figures = [ms, later, two[index].later].map((t) => `${t.toFixed(0)} ms`);
  console.log(`| ${name} | ${batch} | ${figures.join(" | ")} | ${(ms / later).toFixed(1)} |`);
}
