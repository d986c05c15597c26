import "@tensorflow/tfjs-backend-cpu";
import { type LossProblem, lossChunks } from "@eoss/hvp";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

/** Each sample is `width` numbers wide inside the network. */
function problemOf(width: number): LossProblem {
  const params = { w: tf.tensor1d([0.5]) };
  return {
    params,
    samples: 3000,
    lossOf: (indices) => (p: typeof params) =>
      tf.mean(tf.square(tf.mul(p.w, tf.ones([indices.length, width])))),
  };
}

const all = Int32Array.from({ length: 3000 }, (_, index) => index);

it.each([
  { width: 1, most: 1024 },
  { width: 1e5, most: 1000 },
])("chunks of samples $width wide fit into memory, and weigh what they hold", ({ width, most }) => {
  const problem = problemOf(width);
  const before = tf.memory().numTensors;
  const weights = lossChunks(problem, all).map((chunk) => chunk.weight);
  expect(tf.memory().numTensors).toBe(before);
  const sizes = weights.map((weight) => Math.round(weight * 3000));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(3000);
  expect(new Set(sizes.slice(0, -1)).size).toBe(1);
  expect(sizes[0]).toBeLessThanOrEqual(most);
  // As many as fit: the wide ones take some 0.4 to 2 MB each.
  expect(sizes[0]).toBeGreaterThan(width === 1 ? 1023 : 100);
  tf.dispose(problem.params as Record<string, tf.Tensor>);
});

it("a small batch is one chunk, without any probe", () => {
  const problem = problemOf(1);
  const calls: number[] = [];
  const counted: LossProblem = {
    ...problem,
    lossOf: (indices) => {
      calls.push(indices.length);
      return problem.lossOf(indices);
    },
  };
  expect(lossChunks(counted, all.subarray(0, 16)).map((chunk) => chunk.weight)).toEqual([1]);
  expect(calls).toEqual([16]);
  tf.dispose(problem.params as Record<string, tf.Tensor>);
});

it("a coupled loss is never cut", () => {
  const problem = { ...problemOf(1), coupled: true };
  expect(lossChunks(problem, all).map((chunk) => chunk.weight)).toEqual([1]);
  tf.dispose(problem.params as Record<string, tf.Tensor>);
});
