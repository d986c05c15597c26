import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { full, numbers, range, useKernels, variants, worstError } from "./kernels.fixture.js";

/** Errors of sum and mean over axes against float64. */
function errorOf(shape: number[], axes: number[], mean: number, keepDims = false): number {
  const x = numbers(tf.util.sizeFromShape(shape), 1, mean);
  const kept = shape.filter((_, axis) => !axes.includes(axis));
  const strides = shape.map((_, axis) => tf.util.sizeFromShape(shape.slice(axis + 1)));
  const sums = new Float64Array(tf.util.sizeFromShape(kept));
  const sizes = new Float64Array(sums.length);
  for (const [index, value] of x.entries()) {
    let to = 0;
    for (const [axis, size] of shape.entries()) {
      if (!axes.includes(axis)) to = to * size + (Math.floor(index / strides[axis]!) % size);
    }
    sums[to]! += value;
    sizes[to]! += Math.abs(value);
  }
  const count = x.length / sums.length;
  return tf.tidy(() => {
    const t = tf.tensor(x, shape);
    const sum = tf.sum(t, axes, keepDims);
    const average = tf.mean(t, axes, keepDims);
    const expected = keepDims ? shape.map((size, axis) => (axes.includes(axis) ? 1 : size)) : kept;
    expect(sum.shape).toEqual(expected);
    expect(average.shape).toEqual(expected);
    return Math.max(
      worstError(sum.dataSync(), (i) => ({ value: sums[i]!, size: sizes[i]! })),
      worstError(average.dataSync(), (i) => ({ value: sums[i]! / count, size: sizes[i]! / count })),
    );
  });
}

describe.each(variants)("sums and means, %s", (variant) => {
  let restore: () => void;
  beforeAll(async () => {
    restore = await useKernels(variant);
  });
  afterAll(() => restore());

  it("over all choices of axes", () => {
    const shape = [3, 5, 2, 7];
    for (let choice = 1; choice < 16; choice++) {
      const axes = range(4).filter((axis) => choice & (1 << axis));
      for (const keepDims of [false, true]) {
        expect(errorOf(shape, axes, 0, keepDims), `axes ${axes}`).toBeLessThan(2e-7);
      }
    }
  });

  it("of all small sizes", () => {
    const sizes = full ? range(71).slice(1) : [1, 2, 3, 4, 5, 7, 8, 9, 64, 70];
    for (const m of sizes) {
      for (const n of sizes) {
        expect(errorOf([m, n], [0], 0)).toBeLessThan(2e-7);
        expect(errorOf([m, n], [1], 0)).toBeLessThan(2e-7);
      }
    }
  });

  it("of many terms with a large mean", () => {
    for (const [shape, axes] of [
      [[300_001], [0]],
      [[60_000, 5], [0]],
      [[3, 50_000], [1]],
      [[20, 6001], [0]],
      [
        [30, 40, 50, 3],
        [0, 1, 2],
      ],
      [
        [400, 3, 401],
        [0, 2],
      ],
    ] as const) {
      expect(errorOf([...shape], [...axes], 1000)).toBeLessThan(2e-7);
    }
  });

  it("of nothing, of NaN and of infinity", () => {
    expect([...tf.sum(tf.zeros([0, 3]), 0).dataSync()]).toEqual([0, 0, 0]);
    expect([...tf.mean(tf.zeros([0, 3]), 0).dataSync()]).toEqual([
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]);
    const x = tf.tensor2d([1, Number.NaN, 2, 3, 4, Infinity], [2, 3]);
    expect([...tf.sum(x, 0).dataSync()]).toEqual([4, Number.NaN, Infinity]);
    expect([...tf.sum(x, 1).dataSync()]).toEqual([Number.NaN, Infinity]);
  });

  it("of whole numbers are those of tfjs", () => {
    const x = tf.tensor2d([1, 2, 3, 4], [2, 2], "int32");
    const sum = tf.sum(x, 0);
    expect([sum.dtype, ...sum.dataSync()]).toEqual(["int32", 4, 6]);
  });
});
