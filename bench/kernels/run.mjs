/**
 * Kernels of @eoss/kernels and of tfjs in turns: GFLOP/s of each, from the least CPU time.
 *
 *   node bench/kernels/run.mjs [simd | relaxed | native]
 *
 * `native` needs a BLAS: apt install libopenblas0.
 */
import { installKernels } from "@eoss/kernels";
import * as tf from "@tensorflow/tfjs-core";
import { kernelOptions } from "./options.mjs";
import "@tensorflow/tfjs-backend-wasm";

tf.enableProdMode();
await tf.setBackend("wasm");
await tf.ready();
const backend = tf.backend();

const kernelOf = (name) => tf.getKernel(name, "wasm")?.kernelFunc;
const names = ["BatchMatMul", "Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"];
const stock = Object.fromEntries(names.map((name) => [name, kernelOf(name)]));
const installed = await installKernels(await kernelOptions(process.argv[2]));
if (!installed) throw new Error("the kernels do not run here");
const own = Object.fromEntries(names.map((name) => [name, kernelOf(name)]));
console.log(`${installed.blas ?? installed.variant}; GFLOP/s of tfjs / own, largest difference\n`);

function numbers(shape) {
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(1.7 * i) / 2),
    shape,
  );
}

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Least CPU ms of one call of each, in turns. */
function inTurns(functions) {
  const least = functions.map(() => Infinity);
  const repeats = functions.map((f) => {
    f();
    const start = cpu();
    f();
    return Math.max(1, Math.round(5 / Math.max(cpu() - start, 0.01)));
  });
  for (let round = 0; round < 12; round++) {
    for (const [index, f] of functions.entries()) {
      const start = cpu();
      for (let k = 0; k < repeats[index]; k++) f();
      least[index] = Math.min(least[index], (cpu() - start) / repeats[index]);
    }
  }
  return least;
}

function compare(what, name, inputs, attrs, flops) {
  const args = { inputs, backend, attrs };
  const values = [stock[name], own[name]].map((kernel) => {
    if (!kernel) return undefined;
    const out = kernel(args);
    const copy = Float32Array.from(backend.typedArrayFromHeap(out));
    backend.disposeData(out.dataId);
    return copy;
  });
  const [before, after] = values;
  let difference = "";
  if (before && after && before.length === after.length) {
    const largest = before.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    const off = before.reduce((most, x, i) => Math.max(most, Math.abs(x - after[i])), 0);
    difference = (off / largest).toExponential(1);
  }
  const kernels = [stock[name], own[name]].filter(Boolean);
  const times = inTurns(kernels.map((kernel) => () => backend.disposeData(kernel(args).dataId)));
  const speeds = times.map((ms) => (flops / ms / 1e6).toFixed(1));
  const [first, second] = stock[name] ? speeds : ["–", speeds[0]];
  console.log(`${what.padEnd(44)} ${first.padStart(6)} ${second.padStart(6)}  ${difference}`);
  for (const t of Object.values(inputs)) t.dispose();
}

for (const [m, n, k, transposeA, transposeB] of [
  [512, 512, 512, false, false],
  [16, 512, 512, false, false],
  [16, 512, 3072, false, false],
  [128, 512, 3072, false, false],
  [3072, 512, 16, true, false],
  [3072, 512, 128, true, false],
  [16, 512, 512, false, true],
  [128, 512, 512, false, true],
  [1, 512, 3072, false, false],
  [16, 10, 512, false, false],
  [100, 37, 203, true, true],
]) {
  const a = numbers(transposeA ? [k, m] : [m, k]);
  const b = numbers(transposeB ? [n, k] : [k, n]);
  const what = `matMul ${m} × ${n} × ${k}${transposeA ? ", Aᵀ" : ""}${transposeB ? ", Bᵀ" : ""}`;
  compare(what, "BatchMatMul", { a, b }, { transposeA, transposeB }, 2 * m * n * k);
}

console.log("\nforward, gradient to the input, gradient to the filter");
for (const [batch, size, inputs, outputs, kernel, strides, pad] of [
  [16, 32, 3, 64, 3, 1, "valid"],
  [16, 30, 64, 64, 3, 1, "valid"],
  [16, 14, 64, 128, 3, 1, "valid"],
  [16, 32, 16, 16, 3, 1, "same"],
  [16, 32, 16, 32, 3, 2, "same"],
  [16, 32, 16, 32, 1, 2, "same"],
]) {
  const xShape = [batch, size, size, inputs];
  const filterShape = [kernel, kernel, inputs, outputs];
  const { outShape } = tf.backend_util.computeConv2DInfo(xShape, filterShape, strides, 1, pad);
  const flops = 2 * tf.util.sizeFromShape(outShape) * kernel * kernel * inputs;
  const attrs = { strides, dilations: 1, pad, dataFormat: "NHWC" };
  const what = `conv ${size}², ${inputs} → ${outputs}, ${kernel} × ${kernel} / ${strides} ${pad}`;
  compare(what, "Conv2D", { x: numbers(xShape), filter: numbers(filterShape) }, attrs, flops);
  const dy = { dy: numbers(outShape) };
  const toInput = { ...attrs, inputShape: xShape };
  const toFilter = { ...attrs, filterShape };
  compare("", "Conv2DBackpropInput", { ...dy, filter: numbers(filterShape) }, toInput, flops);
  const filterInputs = { x: numbers(xShape), dy: numbers(outShape) };
  compare("", "Conv2DBackpropFilter", filterInputs, toFilter, flops);
}
