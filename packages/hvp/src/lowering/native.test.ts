import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { backends, useBackend } from "../backends.fixture.js";
import { lowered } from "./lowered.fixture.js";

describe.skipIf(!backends.includes("tensorflow"))("lowered kernels on native", () => {
  beforeAll(() => useBackend("tensorflow"));

  it("pick entries of the first axis, whatever the shape of their numbers", () => {
    const x = tf.tensor2d([0, 1, 10, 11, 20, 21], [3, 2]);
    const indices = tf.tensor2d([2, 0, 1, 1], [2, 2], "int32");
    const result = lowered(() => tf.gather(x, indices));
    expect(result.shape).toEqual([2, 2, 2]);
    expect([...result.dataSync()]).toEqual([20, 21, 0, 1, 10, 11, 10, 11]);
  });

  it("pick entries of another axis", () => {
    const x = tf.tensor2d([0, 1, 10, 11, 20, 21], [3, 2]);
    const result = lowered(() => tf.gather(x, tf.tensor1d([1], "int32"), 1));
    expect(result.shape).toEqual([3, 1]);
    expect([...result.dataSync()]).toEqual([1, 11, 21]);
  });

  it("refuse a number that there is not", () => {
    const x = tf.tensor1d([0, 1, 2]);
    expect(() => lowered(() => tf.gather(x, tf.tensor1d([3], "int32")))).toThrow(/indices/);
  });

  it.each([
    [0, [0, 0, 0, 1, 1, 0, Number.NaN]],
    [0.5, [0.5, 0.5, 0.5, 1, 1, 0.5, Number.NaN]],
  ])("step to one above zero, to %d below, and let NaN through", (alpha, expected) => {
    const x = tf.tensor1d([-1, -0, 0, 1e-30, Infinity, -Infinity, Number.NaN]);
    const result = lowered(() => tf.step(x, alpha));
    expect([...result.dataSync()].map((value) => value + 0)).toEqual(expected);
  });
});
