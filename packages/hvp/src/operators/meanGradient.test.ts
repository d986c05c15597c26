import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { backends, useBackend } from "../backends.fixture.js";
import { sample } from "../testing/index.js";
import { meanGradient } from "./meanGradient.js";

const SAMPLES = 7;
const INPUTS = 5;

/** L(w) = 1/n Σ (x_i·w − y_i)², whose gradient is 2/n Σ (x_i·w − y_i)·x_i. */
function regression() {
  const x = sample([SAMPLES, INPUTS], { seed: 1 });
  const y = sample([SAMPLES, 1], { seed: 2 });
  const w = sample([INPUTS, 1], { seed: 3 });
  const rows = Array.from({ length: SAMPLES }, (_, i) =>
    x.values.subarray(i * INPUTS, (i + 1) * INPUTS),
  );
  const residual = rows.map((row, i) =>
    row.reduce((s, v, k) => s + v * w.values[k]!, -y.values[i]!),
  );
  const loss = residual.reduce((sum, r) => sum + r * r, 0) / SAMPLES;
  const gradient = Array.from(w.values, (_, k) =>
    residual.reduce((sum, r, i) => sum + (2 / SAMPLES) * r * rows[i]![k]!, 0),
  );
  const chunk = (start: number, count: number) => ({
    weight: count / SAMPLES,
    loss: ({ w }: { w: tf.Tensor }) => {
      const xs = tf.tensor2d(x.values.slice(start * INPUTS, (start + count) * INPUTS), [
        count,
        INPUTS,
      ]);
      const ys = tf.tensor2d(y.values.slice(start, start + count), [count, 1]);
      return tf.mean(tf.square(tf.sub(tf.matMul(xs, w as tf.Tensor2D), ys)));
    },
  });
  return { w, loss, gradient, chunk };
}

describe.each(backends)("meanGradient on %s", (backend) => {
  beforeAll(() => useBackend(backend));

  it.each([[[7]], [[3, 4]], [[2, 2, 3]]])("in chunks of %j", (sizes) => {
    const { w, loss, gradient, chunk } = regression();
    const before = tf.memory().numTensors;
    const params = { w: tf.tensor(w.values, [INPUTS, 1]) };
    const starts = sizes.map((_, k) => sizes.slice(0, k).reduce((sum, size) => sum + size, 0));
    const chunks = sizes.map((size, k) => chunk(starts[k]!, size));
    const mean = meanGradient({ params, chunks });
    expect(mean.loss).toBeCloseTo(loss, 6);
    const actual = mean.gradient.w.dataSync();
    for (const [k, expected] of gradient.entries()) expect(actual[k]).toBeCloseTo(expected, 6);
    tf.dispose([params.w, mean.gradient.w]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("needs a chunk", () => {
    expect(() => meanGradient({ params: { w: tf.scalar(1) }, chunks: [] })).toThrow(
      "at least one chunk",
    );
  });
});

describe("passes over the parameters", () => {
  beforeAll(() => useBackend("cpu"));

  it("there is none for a weight, and one addition for each further chunk", async () => {
    const { w, chunk } = regression();
    const params = { w: tf.tensor(w.values, [INPUTS, 1]) };
    const profile = await tf.profile(() => {
      tf.dispose(
        meanGradient({ params, chunks: [chunk(0, 2), chunk(2, 2), chunk(4, 3)] }).gradient,
      );
    });
    const passes = profile.kernels.filter(
      ({ outputShapes }) => outputShapes.join() === `${INPUTS},1`,
    );
    const count = (name: string) => passes.filter((kernel) => kernel.name === name).length;
    expect(count("Multiply")).toBe(0);
    expect(count("Add")).toBe(2);
  });
});

describe("products with a weight matrix, of few samples", () => {
  beforeAll(() => useBackend("wasm"));

  it("transpose the samples, not the matrix, when no later product has a use for that", async () => {
    const x = tf.tensor(sample([16, 64]).values, [16, 64]) as tf.Tensor2D;
    const params = { first: tf.ones([64, 64]), second: tf.ones([64, 64]) };
    const loss = ({ first, second }: Record<"first" | "second", tf.Tensor>) =>
      tf.mean(tf.matMul(tf.matMul(x, first as tf.Tensor2D), second as tf.Tensor2D));
    const profile = await tf.profile(() => {
      tf.dispose(meanGradient({ params, chunks: [{ loss, weight: 1 }] }).gradient);
    });
    const transposed = profile.kernels
      .filter(({ name }) => name === "Transpose")
      .map(({ outputShapes }) => outputShapes.join());
    expect(transposed).toContain("64,16");
    expect(transposed).not.toContain("64,64");
  });
});
