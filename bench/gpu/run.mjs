/**
 * Products and measurements on a graphics card, by WebGPU, beside the same on wasm: milliseconds, and how far the
 * numbers are apart. Some ten minutes.
 *
 *   node scripts/webgpu.mjs && node bench/gpu/run.mjs [--small] [--software]
 *
 * --small: one tiny network, to see that it runs. --software: Chromium's software renderer will do.
 */
import { linearize, mse } from "@eoss/hvp";
import { stream } from "@eoss/rng";
import { measure, quantityByName } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-wasm";
import { startWebGpu } from "../../scripts/startWebGpu.mjs";
import { cnn, mlp, targets } from "../hvp/networks.mjs";

const small = process.argv.includes("--small");
const { name: card, absent } = await startWebGpu(tf, {
  software: process.argv.includes("--software"),
});
if (absent !== undefined) {
  console.log(`no WebGPU here: ${absent}`);
  process.exit(1);
}

/** 12-16-10, tanh. */
const tiny = {
  name: "tiny",
  parameters: () => ({ w1: numbers([12, 16]), w2: numbers([16, 10]) }),
  inputs: (b) => numbers([b, 12]),
  apply: (p, x) => tf.matMul(tf.tanh(tf.matMul(x, p.w1)), p.w2),
};

const { maxBufferSize, maxStorageBufferBindingSize } = tf.backend().device.limits;
console.log(
  `${card}; buffers to ${mib(maxBufferSize)}, bindings to ${mib(maxStorageBufferBindingSize)}`,
);
console.log(`Node ${process.versions.node}, ${process.platform} ${process.arch}\n`);

const cases = small
  ? [[tiny, 4, 8]]
  : [
      [mlp, 16, 512],
      [mlp, 128, 2048],
      [cnn, 16, 64],
      [cnn, 128, 512],
    ];

console.log("| network | b | | WebGPU, ms | wasm, ms | difference |");
console.log("|---|---|---|---|---|---|");
for (const [network, b, samples] of cases) {
  const [gpu, wasm] = [
    await tried("webgpu", network, b, samples),
    await tried("wasm", network, b, samples),
  ];
  for (const [what, { ms, numbers }] of Object.entries(gpu)) {
    const other = wasm[what];
    const apart = distance(numbers, other.numbers).toExponential(1);
    console.log(
      `| ${network.name} | ${b} | ${what} | ${ms.toFixed(1)} | ${other.ms.toFixed(1)} | ${apart} |`,
    );
  }
}
process.exit(0);

function numbers(shape) {
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(12.9898 * i + 1)),
    shape,
  );
}

/** Times of a backend, and what it computed. */
async function tried(backend, network, b, samples) {
  await tf.setBackend(backend);
  await tf.ready();
  const params = network.parameters();
  const [x, y] = [network.inputs(samples), targets(samples)];
  const batch = { x: tf.slice(x, 0, b), y: tf.slice(y, 0, b) };
  const direction = Object.fromEntries(
    Object.entries(params).map(([key, p]) => [key, tf.onesLike(p)]),
  );
  const loss = (p) => mse(network.apply(p, batch.x), batch.y);
  const last = Object.keys(params).at(-1);

  const linearised = await least(async () => {
    const line = linearize(loss, params);
    const numbers = await line.gradient[last].data();
    line.dispose();
    return numbers;
  });
  const line = linearize(loss, params);
  const product = await least(async () => {
    const image = line.hvp(direction);
    const numbers = await image[last].data();
    tf.dispose(image);
    return numbers;
  });
  line.dispose();

  const problem = {
    ...{ params, samples, batchSize: b },
    lossOf: (indices) => (p) =>
      mse(
        network.apply(p, tf.gather(x, tf.tensor1d(indices, "int32"))),
        tf.gather(y, tf.tensor1d(indices, "int32")),
      ),
  };
  const options = { tolerance: 0.05, maxBatches: 8, stream: stream(1, "bench") };
  const measured = {};
  for (const name of small ? ["fullbs"] : ["fullbs", "minibs"]) {
    measured[name] = await timed(async () => {
      const [{ value }] = await measure(problem, [quantityByName(name)], options);
      return [value];
    });
  }
  tf.dispose([params, x, y, batch, direction]);
  return { "loss and gradient, recorded": linearised, "Hessian product": product, ...measured };
}

async function timed(body) {
  const began = performance.now();
  const numbers = await body();
  return { ms: performance.now() - began, numbers };
}

/** The quickest of some tries; the first compiles shaders. */
async function least(body) {
  let best = await timed(body);
  for (let round = 0; round < (small ? 2 : 5); round++) {
    const next = await timed(body);
    if (next.ms < best.ms) best = next;
  }
  return best;
}

/** ‖a − b‖/‖b‖. */
function distance(a, b) {
  const norm = (values) => Math.hypot(...values);
  return norm(Array.from(a, (value, i) => value - b[i])) / norm(Array.from(b));
}

function mib(bytes) {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
