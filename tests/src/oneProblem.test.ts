import { batchGradient, disposeTree, type LossProblem, mse } from "@eoss/hvp";
import { noises } from "@eoss/noise";
import { stream } from "@eoss/rng";
import { independentBatches, sgd } from "@eoss/sgd";
import { measure, quantityByName } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { useBackend } from "./backends.js";

await useBackend("cpu");

const X = [-1, 0.5, 2, 1, -0.25, 1.5];
const Y = [0.5, -1, 1, 0.25, 2, 0];
const n = X.length;

/** Regression on one number, L = 1/n · Σ (w·x_i − y_i)²: everything has a closed form. */
function problemAt(w: number) {
  const column = (values: readonly number[], indices: Int32Array) =>
    tf.tensor2d(Array.from(indices, (i) => [values[i]!]));
  const outputsOf = (indices: Int32Array) => (p: { w: tf.Tensor }) =>
    tf.matMul(column(X, indices), p.w);
  const targetsOf = (indices: Int32Array) => column(Y, indices);
  return {
    params: { w: tf.tensor2d([[w]]) },
    samples: n,
    batchSize: 2,
    head: mse,
    outputsOf,
    targetsOf,
    lossOf: (indices: Int32Array) => (p: { w: tf.Tensor }) =>
      mse(outputsOf(indices)(p), targetsOf(indices)),
  } satisfies LossProblem & { batchSize: number };
}

const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
const lossAt = (w: number) => mean(X.map((x, i) => (w * x - Y[i]!) ** 2));
const slopeAt = (w: number, batch: Iterable<number>) =>
  mean([...batch].map((i) => 2 * X[i]! * (w * X[i]! - Y[i]!)));

it("goes to sharpness, to every noise and to SGD", async () => {
  const problem = problemAt(0.75);
  const [fullbs, loss] = await measure(problem, ["fullbs", "loss"].map(quantityByName), {
    tolerance: 0.01,
    maxBatches: 10,
    stream: stream(1, "measurement"),
  });
  expect(fullbs!.value).toBeCloseTo(2 * mean(X.map((x) => x * x)), 5);
  expect(loss!.value).toBeCloseTo(lossAt(0.75), 6);

  for (const noise of Object.values(noises)) {
    const needed = { variance: 0.1, temperature: 0.1, sigma: 0.1, substeps: 2 };
    const options = Object.fromEntries(
      Object.entries(needed).filter(([name]) => name in noise.defaults),
    );
    const noisy = noise.gradient(problem, {
      ...{ step: 0, stream: stream(2, "noise"), batchSize: 2, learningRate: 0.1 },
      ...options,
    });
    expect(noisy.loss, noise.name).toBeCloseTo(lossAt(0.75), 5);
    disposeTree(noisy.gradient);
  }
  disposeTree(problem.params);
});

it("descends by SGD, as the closed form does", () => {
  const batches = independentBatches(n, 2, stream(3, "order"));
  const problem = problemAt(0.75);
  let state = sgd.init(problem.params);
  let w = 0.75;
  for (let step = 0; step < 20; step++) {
    const batch = batches.at(step);
    const { gradient } = batchGradient({ ...problem, params: state.params }, batch);
    state = sgd.step(gradient, state, { learningRate: 0.1 });
    disposeTree(gradient);
    w -= 0.1 * slopeAt(w, batch);
  }
  expect(state.params.w!.dataSync()[0]).toBeCloseTo(w, 5);
  disposeTree(state.params);
});

it("chunks of any size give the gradient of the batch", () => {
  const problem = problemAt(0.75);
  const batch = Int32Array.of(4, 0, 2, 1, 5);
  for (const chunkSize of [undefined, 1, 2, 5, 100]) {
    const { loss, gradient } = batchGradient({ ...problem, chunkSize }, batch);
    expect(loss).toBeCloseTo(mean([...batch].map((i) => (0.75 * X[i]! - Y[i]!) ** 2)), 6);
    expect(gradient.w.dataSync()[0]).toBeCloseTo(slopeAt(0.75, batch), 5);
    disposeTree(gradient);
  }
  const wrong = (indices: ArrayLike<number>) => () =>
    batchGradient(problem, indices as Int32Array).gradient;
  expect(wrong(Int32Array.of(0, 6))).toThrow("the index 6; allowed: from 0 to 5");
  expect(wrong(Int32Array.of(-1))).toThrow("the index -1");
  expect(wrong(new Int32Array(0))).toThrow("at least one sample");
  expect(wrong([0, 1])).toThrow("an Int32Array");
  disposeTree(problem.params);
});
