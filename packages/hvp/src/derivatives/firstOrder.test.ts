import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import { expect, it } from "vitest";
import { useBackend } from "../backends.fixture.js";

/** Results of tfjs itself, gradients included, for ops of every kind. */
function tfjsResults(): Record<string, number[]> {
  const x = tf.tensor2d([0.5, -1, 2, 0.25, 1.5, -0.75], [2, 3]);
  const image = tf.reshape(tf.sin(tf.range(0, 72)), [2, 6, 6, 1]) as tf.Tensor4D;
  const kernel = tf.reshape(tf.cos(tf.range(0, 18)), [3, 3, 1, 2]) as tf.Tensor4D;
  const functions: Record<string, [(t: tf.Tensor) => tf.Tensor, tf.Tensor]> = {
    tanh: [tf.tanh, x],
    sigmoid: [tf.sigmoid, x],
    softmax: [tf.softmax, x],
    logSoftmax: [tf.logSoftmax, x],
    max: [(t) => tf.max(t, 1), x],
    maximum: [(t) => tf.maximum(t, 0.25), x],
    elu: [tf.elu, x],
    pow: [(t) => tf.pow(t, 2), x],
    matMul: [(t) => tf.matMul(t, t, false, true), x],
    gather: [(t) => tf.gather(t, tf.tensor1d([1, 1, 0], "int32")), x],
    conv2d: [(t) => tf.conv2d(t as tf.Tensor4D, kernel, 1, "same"), image],
    filter: [(t) => tf.conv2d(image, t as tf.Tensor4D, 1, "same"), kernel],
    maxPool: [(t) => tf.maxPool(t as tf.Tensor4D, 2, 2, "valid"), image],
    avgPool: [(t) => tf.avgPool(t as tf.Tensor4D, 3, 2, "same"), image],
  };
  return Object.fromEntries(
    Object.entries(functions).map(([name, [f, at]]) => [
      name,
      [
        ...f(at).dataSync(),
        ...tf
          .grad((t) => tf.sum(tf.square(f(t))))(at)
          .dataSync(),
      ],
    ]),
  );
}

it("loading the package, and using it, changes no result of tfjs", async () => {
  await useBackend("cpu");
  const before = tfjsResults();
  const registered = tf.getKernelsForBackend("cpu").map(({ kernelName }) => kernelName);
  const { linearize } = await import("@eoss/hvp");
  expect(tfjsResults()).toEqual(before);

  const params = { x: tf.tensor1d([1, 2, 3, 4]) };
  const linearization = linearize(({ x }) => tf.sum(tf.softmax(tf.tanh(x))), params);
  linearization.hvp(params).x.dispose();
  // Neither while a linearisation is held ...
  expect(tfjsResults()).toEqual(before);
  linearization.dispose();
  // ... nor after a loss that threw in the middle.
  const refused = ({ x }: typeof params) =>
    tf.sum(tf.sparse.sparseSegmentSum(tf.square(x), [0, 1], [0, 0]));
  expect(() => linearize(refused, params)).toThrow("SparseSegmentSum");
  expect(tfjsResults()).toEqual(before);
  expect(tf.getKernelsForBackend("cpu").map(({ kernelName }) => kernelName)).toEqual(registered);
});

it("tfjs' own gradient of our loss heads is right, recorded or not", async () => {
  await useBackend("cpu");
  const { gradient, linearize, losses } = await import("@eoss/hvp");
  const f = tf.tensor2d([1, -40, 3, 2, 30.25, 0.5], [2, 3]);
  const y = tf.tensor2d([0, 0, 1, 0, 1, 0], [2, 3]);
  for (const head of Object.values(losses)) {
    const own = gradient(([x]: readonly tf.Tensor[]) => head(x!, y), [f]).gradient[0]!;
    const slope = (x: tf.Tensor) => tf.grad((t) => head(t, y))(x);
    const difference = tf.max(tf.abs(tf.sub(slope(f), own))).dataSync()[0]!;
    expect(difference).toBeLessThan(1e-7);
    const inside = linearize(({ x }) => tf.sum(tf.mul(slope(x), own)), { x: f });
    // d/df of g(f)·g: the Hessian times g.
    const whole = linearize(({ x }) => head(x, y), { x: f });
    const [a, b] = [inside.gradient.x, whole.hvp({ x: own }).x].map((t) => [...t.dataSync()]);
    for (const [i, h] of b!.entries()) expect(a![i]).toBeCloseTo(h, 6);
  }
});
