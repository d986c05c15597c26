/**
 * Ratios of the Hessian product's cost to what the backend can do, measured in one run.
 *
 *   pnpm --filter @eoss/hvp build && node bench/hvp/run.mjs [--quick]
 */
import { register } from "node:module";
import { disposeTree, linearize, mse } from "@eoss/hvp";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-wasm";
import { cnn, mlp, targets } from "./networks.mjs";
import { best, gflops } from "./timing.mjs";

const quick = process.argv.includes("--quick");
tf.enableProdMode();
await tf.setBackend("wasm");
await tf.ready();

const rows = [];
function report(what, figure, wanted) {
  rows.push({ what, figure, wanted });
  console.log(`${what}: ${figure}${wanted ? ` (wanted: ${wanted})` : ""}`);
}

/** ms of a linearisation with its first product, and of a later product on it. */
function hessianProduct(network, b, runs) {
  const params = network.parameters();
  const x = network.inputs(b);
  const y = targets(b);
  const loss = (p) => mse(network.apply(p, x), y);
  const first = best(runs, () => {
    const linearization = linearize(loss, params);
    disposeTree(linearization.hvp(params));
    linearization.dispose();
  });
  const linearization = linearize(loss, params);
  const later = best(runs, () => disposeTree(linearization.hvp(params)));
  const bytes = linearization.bytes;
  linearization.dispose();
  tf.dispose([params, x, y]);
  return { first, later, bytes };
}

function matMulThroughput(b) {
  const [x, w] = [mlp.inputs(b), tf.ones([3072, 512])];
  const ms = best(9, () => tf.matMul(x, w).dispose());
  tf.dispose([x, w]);
  return gflops(2 * b * 3072 * 512, ms);
}

function convThroughput(b) {
  const [x, w] = [tf.ones([b, 30, 30, 64]), tf.ones([3, 3, 64, 64])];
  const ms = best(quick ? 2 : 5, () => tf.conv2d(x, w, 1, "valid").dispose());
  tf.dispose([x, w]);
  return gflops(2 * b * 784 * 576 * 64, ms);
}

{
  const b = 1024;
  const { first, later } = hessianProduct(mlp, b, quick ? 2 : 5);
  const reached = gflops(b * mlp.operations, later);
  const possible = matMulThroughput(b);
  report(`mlp, b = ${b}: Hv`, `${later.toFixed(0)} ms, ${reached.toFixed(1)} GFLOP/s`);
  report("  against matMul alone", (reached / possible).toFixed(2), "≥ 0.5");
  report("  later Hv / first with its linearisation", (later / first).toFixed(2), "≤ 0.7");
}

{
  const b = 128;
  const { first, later, bytes } = hessianProduct(cnn, b, quick ? 1 : 3);
  const reached = gflops(b * cnn.operations, later);
  const possible = convThroughput(b);
  report(`cnn, b = ${b}: Hv`, `${later.toFixed(0)} ms, ${reached.toFixed(1)} GFLOP/s`);
  report("  against conv2d alone", (reached / possible).toFixed(2), "≥ 0.33");
  report("  later Hv / first with its linearisation", (later / first).toFixed(2), "≤ 0.7");
  report("  bytes of the linearisation", `${(bytes / 2 ** 20).toFixed(0)} MiB`);
}

{
  const b = 128;
  // The modules that register tfjs' own gradients import without file extensions.
  register("./extensionless.mjs", import.meta.url);
  await import("@tensorflow/tfjs-core/dist/register_all_gradients.js");
  const { first, later } = hessianProduct(mlp, b, quick ? 2 : 5);
  const params = mlp.parameters();
  const [x, y] = [mlp.inputs(b), targets(b)];
  const names = Object.keys(params);
  const values = Object.values(params);
  const loss = (...list) =>
    mse(mlp.apply(Object.fromEntries(names.map((name, i) => [name, list[i]])), x), y);
  const slope = (...list) =>
    tf.addN(
      tf
        .grads(loss)(list)
        .map((g, i) => tf.sum(tf.mul(g, values[i]))),
    );
  const stock = best(quick ? 1 : 2, () => tf.dispose(tf.grads(slope)(values)));
  tf.dispose([params, x, y]);
  report(`relu mlp, b = ${b}: gradient of gradient of tfjs`, `${stock.toFixed(0)} ms`);
  report("  / our Hv with its linearisation", (stock / first).toFixed(1), "≥ 10");
  report("  / our later Hv", (stock / later).toFixed(1));
}

for (const network of [mlp, cnn]) {
  for (const b of quick ? [16] : [16, 128, ...(network === mlp ? [1024] : [])]) {
    const { first, later } = hessianProduct(network, b, quick ? 1 : 3);
    const figures = `${later.toFixed(1)} ms, first with linearisation ${first.toFixed(1)} ms`;
    report(`${network.name}, b = ${b}: Hv`, figures);
  }
}
