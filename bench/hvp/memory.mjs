/**
 * Peak memory of one full-batch Hessian product of the cnn, with samples in chunks.
 *
 *   node bench/hvp/memory.mjs [samples] [chunk]
 */
import { hessian, mse } from "@eoss/hvp";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-wasm";
import { cnn, targets } from "./networks.mjs";

const samples = Number(process.argv[2] ?? 8192);
const chunk = Number(process.argv[3] ?? 128);
tf.enableProdMode();
await tf.setBackend("wasm");
await tf.ready();

const params = cnn.parameters();
const chunks = Array.from({ length: Math.ceil(samples / chunk) }, (_, index) => {
  const count = Math.min(chunk, samples - index * chunk);
  // Inputs are made when they are used: the samples themselves stay outside of the figure.
  const loss = (p) => tf.tidy(() => mse(cnn.apply(p, cnn.inputs(count)), targets(count)));
  return { loss, weight: count / samples };
});
const start = performance.now();
const operator = hessian({ params, chunks });
const middle = performance.now();
operator.apply(new Float32Array(operator.n).fill(0.001), new Float64Array(operator.n));
const end = performance.now();
operator.dispose();
const { maxRSS } = process.resourceUsage();
const seconds = (ms) => (ms / 1000).toFixed(1);
console.log(
  `${samples} samples in chunks of ${chunk}: peak ${(maxRSS / 2 ** 20).toFixed(2)} GiB, ` +
    `loss and gradient ${seconds(middle - start)} s, product ${seconds(end - middle)} s`,
);
