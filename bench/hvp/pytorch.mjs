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
  // A tape of more than 128 samples of the cnn would not fit into wasm memory beside its products.
  const size = name === "cnn" ? Math.min(batch, 128) : batch;
  const chunks = Array.from({ length: batch / size }, () => {
    const [x, y] = [network.inputs(size), targets(size)];
    return { x, y, linearization: linearize((p) => mse(network.apply(p, x), y), params) };
  });
  const ms = best(3, () => {
    for (const { linearization } of chunks) disposeTree(linearization.hvp(params));
  });
  for (const { x, y, linearization } of chunks) {
    linearization.dispose();
    tf.dispose([x, y]);
  }
  tf.dispose(params);
  const figures = [ms, later, two[index].later].map((t) => `${t.toFixed(0)} ms`);
  console.log(`| ${name} | ${batch} | ${figures.join(" | ")} | ${(ms / later).toFixed(1)} |`);
}
