import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { full, numbers, range, useKernels, variants, worstError } from "./kernels.fixture.js";

/** Whole numbers below a bound, in no order. */
const places = (size: number, bound: number) =>
  Int32Array.from({ length: size }, (_, i) => (i * i * 31 + 7 * i + 3) % bound);

const sizes = full ? range(71) : [0, 1, 2, 3, 4, 5, 7, 8, 9, 64, 70];

describe.each(variants)("rows by their numbers, %s", (variant) => {
  let restore: () => void;
  beforeAll(async () => {
    restore = await useKernels(variant);
  });
  afterAll(() => restore());

  it("are picked, of all small sizes", () => {
    for (const count of sizes) {
      for (const width of sizes) {
        const rows = 1 + (count % 13);
        const [x, at] = [numbers(rows * width, 1), places(count, rows)];
        const y = tf.tidy(() =>
          tf.gather(tf.tensor(x, [rows, width]), tf.tensor1d(at, "int32")).dataSync(),
        );
        const expected = Array.from({ length: count * width }, (_, i) =>
          x.at(at[Math.floor(i / width)]! * width + (i % width)),
        );
        expect([...y]).toEqual(expected);
      }
    }
  });

  it("are picked along any axis as tfjs does", async () => {
    const ask = () =>
      tf.tidy(() => {
        const x = tf.tensor(numbers(2 * 3 * 5 * 4, 2), [2, 3, 5, 4]);
        const at = tf.tensor2d(places(6, 3), [2, 3], "int32");
        const whole = tf.cast(tf.mul(x, 100), "int32");
        return [0, 1, 2, 3, -1].flatMap((axis) =>
          [x, whole].flatMap((from) => {
            const some = axis === 0 ? tf.cast(tf.minimum(at, 1), "int32") : at;
            const t = tf.gather(from, some, axis);
            return [[t.dtype, t.shape, [...t.dataSync()]]];
          }),
        );
      });
    const own = ask();
    expect(own).toHaveLength(10);
    restore();
    const stock = ask();
    restore = await useKernels(variant);
    expect(own).toEqual(stock);
  });

  // The kernel of tfjs gives other entries here.
  it.each([1, 2, 3])("are picked along axis %s of each batch by its own numbers", (axis) => {
    const shape = [2, 3, 5, 4];
    const [values, at] = [numbers(120, 2), places(6, 3)];
    const t = tf.tidy(() =>
      tf.gather(tf.tensor(values, shape), tf.tensor2d(at, [2, 3], "int32"), axis, 1).arraySync(),
    );
    const expected = range(2).map((batch) => {
      const entry = (index: number[]) =>
        values[((batch * 3 + index[0]!) * 5 + index[1]!) * 4 + index[2]!]!;
      const sides = shape.slice(1).map((size, side) => (side === axis - 1 ? 3 : size));
      return range(sides[0]!).map((i) =>
        range(sides[1]!).map((j) =>
          range(sides[2]!).map((k) =>
            entry([i, j, k].map((n, side) => (side === axis - 1 ? at[3 * batch + n]! : n))),
          ),
        ),
      );
    });
    expect(t).toEqual(expected);
  });

  it.each([3, -1])("are refused where the number is %s of 3", (number) => {
    const x = tf.tensor(numbers(6, 1), [3, 2]);
    const before = tf.memory().numTensors;
    expect(() => tf.gather(x, tf.tensor1d([0, number], "int32"))).toThrow(/not in \[0, 2\]/);
    expect(tf.memory().numTensors - before).toBeLessThanOrEqual(1);
  });

  it("are added where they belong, of all small sizes", () => {
    for (const count of sizes) {
      for (const width of sizes) {
        for (const rows of [1, 2, 9]) {
          const [updates, at] = [numbers(count * width, 3), places(count, rows)];
          const sums = new Float64Array(rows * width);
          const absolute = new Float64Array(rows * width);
          for (const [i, value] of updates.entries()) {
            const to = at[Math.floor(i / width)]! * width + (i % width);
            sums[to]! += value;
            absolute[to]! += Math.abs(value);
          }
          const y = tf.tidy(() => {
            const indices = tf.tensor2d(at, [count, 1], "int32");
            return tf
              .scatterND(indices, tf.tensor(updates, [count, width]), [rows, width])
              .dataSync();
          });
          expect(y).toHaveLength(rows * width);
          const error = worstError(y, (i) => ({ value: sums[i]!, size: absolute[i]! }));
          expect(error, `${count} × ${width} to ${rows}`).toBeLessThan(1e-6);
        }
      }
    }
  });

  it("are added in float64 where many meet", () => {
    const count = 300_000;
    const updates = numbers(count, 4, 1000);
    const sum = updates.reduce((total, x) => total + x, 0);
    const y = tf.tidy(() =>
      tf.scatterND(tf.zeros([count, 1], "int32"), tf.tensor1d(updates), [2]).dataSync(),
    );
    expect(Math.abs(y[0]! / sum - 1)).toBeLessThan(2e-7);
    expect(y[1]).toBe(0);
  });

  it("are added by numbers of several axes, and by a list of numbers", () => {
    const indices = tf.tensor2d([1, 2, 0, 0, 1, 2], [3, 2], "int32");
    const y = tf.scatterND(indices, tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]), [2, 3, 2]);
    expect([...y.dataSync()]).toEqual([3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 6, 8]);
    const z = tf.scatterND(tf.tensor1d([2, 0], "int32"), tf.ones([2, 3]), [4, 3]);
    expect([...z.dataSync()]).toEqual([1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0]);
  });

  it.each([1, 40])("keep NaN and infinity to themselves, %s times", (times) => {
    const values = range(times).flatMap(() => [1, Number.NaN, Infinity, 2]);
    const rows = range(times).flatMap(() => [0, 1, 2, 0]);
    const indices = tf.tensor2d(rows, [rows.length, 1], "int32");
    const y = tf.scatterND(indices, tf.tensor1d(values), [4]);
    expect([...y.dataSync()]).toEqual([3 * times, Number.NaN, Infinity, 0]);
    const picked = tf.gather(y, tf.tensor1d([1, 2, 0], "int32"));
    expect([...picked.dataSync()]).toEqual([Number.NaN, Infinity, 3 * times]);
  });

  it("outside of what there is are treated as tfjs treats them", async () => {
    const ask = () =>
      tf.tidy(() => [
        ...tf.scatterND(tf.tensor2d([0, 7], [2, 1], "int32"), tf.tensor1d([1, 2]), [3]).dataSync(),
      ]);
    const own = ask();
    restore();
    const stock = ask();
    restore = await useKernels(variant);
    expect(own).toEqual(stock);
  });

  it("leave nothing behind", () => {
    const before = tf.memory().numTensors;
    const bytes = tf.memory().numBytes;
    tf.tidy(() => {
      const indices = tf.zeros([100, 1], "int32");
      tf.scatterND(indices, tf.ones([100]), [5]);
      tf.gather(tf.ones([4]), tf.tensor1d([1, 2], "int32"));
    });
    expect([tf.memory().numTensors, tf.memory().numBytes]).toEqual([before, bytes]);
  });
});
