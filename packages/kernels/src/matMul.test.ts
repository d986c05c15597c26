import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { full, numbers, range, useKernels, variants, worstError } from "./kernels.fixture.js";

interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly turnedA?: boolean;
  readonly turnedB?: boolean;
}

const flags = [false, true].flatMap((turnedA) =>
  [false, true].map((turnedB) => ({ turnedA, turnedB })),
);

function operands({ m, n, k, turnedA, turnedB }: Product, mean = 0) {
  const a = numbers(m * k, 1, mean);
  const b = numbers(k * n, 2, mean);
  return {
    a: tf.tensor2d(a, turnedA ? [k, m] : [m, k]),
    b: tf.tensor2d(b, turnedB ? [n, k] : [k, n]),
    exact: (index: number) => {
      const [i, j] = [Math.floor(index / n), index % n];
      let [value, size] = [0, 0];
      for (let p = 0; p < k; p++) {
        const term = a[turnedA ? p * m + i : i * k + p]! * b[turnedB ? j * k + p : p * n + j]!;
        value += term;
        size += Math.abs(term);
      }
      return { value, size };
    },
  };
}

const errorOf = (product: Product, mean = 0): number =>
  tf.tidy(() => {
    const { a, b, exact } = operands(product, mean);
    const result = tf.matMul(a, b, product.turnedA, product.turnedB);
    expect(result.shape).toEqual([product.m, product.n]);
    return worstError(result.dataSync(), exact);
  });

/** Of k terms that are added one after another, each with its own rounding: a few standard deviations. */
const rounding = (k: number) => (2 + Math.sqrt(k)) * 2 ** -24;

/** Sizes in all remainders by the tile, and on both sides of what is taken at once. */
const few = {
  m: [0, 1, 2, 3, 4, 5, 9, 16],
  n: [0, 1, 3, 7, 8, 9, 17, 20],
  k: [0, 1, 2, 3, 64, 67],
};
const all = range(71);

describe.each(variants)("matMul, %s", (variant) => {
  let restore: () => void;
  beforeAll(async () => {
    restore = await useKernels(variant);
  });
  afterAll(() => restore());

  it.each(flags)("of all small sizes: %o", (turned) => {
    const sizes = full
      ? [
          ...all.flatMap((m) => all.map((n) => ({ m, n, k: 5 }))),
          ...all.flatMap((k) => all.map((n) => ({ m: 6, n, k }))),
          ...all.flatMap((k) => all.map((m) => ({ m, n: 10, k }))),
        ]
      : few.m.flatMap((m) => few.n.flatMap((n) => few.k.map((k) => ({ m, n, k }))));
    const wrong = sizes.filter((size) => !(errorOf({ ...size, ...turned }) < rounding(size.k)));
    expect(wrong).toEqual([]);
  });

  it.each(flags)("of sizes larger than its blocks: %o", (turned) => {
    const large = [
      { m: 133, n: 21, k: 259 },
      { m: 6, n: 1030, k: 300 },
      { m: 131, n: 1027, k: 3 },
    ];
    for (const size of large) expect(errorOf({ ...size, ...turned })).toBeLessThan(3e-7);
  });

  it.each([
    { m: 1, n: 5, k: 20_000 },
    { m: 5, n: 1, k: 20_000 },
    { m: 1, n: 19, k: 3000 },
    { m: 1, n: 4099, k: 259 },
    { m: 7, n: 1, k: 258 },
    { m: 1, n: 1, k: 100_001 },
    { m: 4, n: 9, k: 3072 },
    { m: 3, n: 2, k: 20_000 },
  ])("long sums of numbers of a large mean: %o", (size) => {
    for (const turned of flags) expect(errorOf({ ...size, ...turned }, 1000)).toBeLessThan(1e-6);
  });

  it("long sums of equal numbers, whose roundings all go the same way", () => {
    const [m, n] = [9, 17];
    for (const k of [3072, 20_000]) {
      for (const [x, y] of [
        [0.1, 0.1],
        [1 / 3, 1],
        [0.7, 0.9],
      ] as const) {
        const exact = k * Math.fround(x) * Math.fround(y);
        const product = tf.tidy(() => tf.matMul(tf.fill([m, k], x), tf.fill([k, n], y)).dataSync());
        expect(worstError(product, () => ({ value: exact, size: exact }))).toBeLessThan(1e-6);
      }
    }
  });

  it("is that of tfjs up to rounding, in batches as well", () => {
    const shapes: [number[], number[], boolean, boolean][] = [
      [[3, 5, 7], [3, 7, 9], false, false],
      [[3, 7, 5], [1, 9, 7], true, true],
      [[5, 7], [2, 2, 7, 3], false, false],
      [[2, 1, 4, 6], [3, 5, 6], false, true],
    ];
    for (const [left, right, turnedA, turnedB] of shapes) {
      const [own, stock] = [true, false].map((installed) =>
        tf.tidy(() => {
          const a = tf.tensor(numbers(tf.util.sizeFromShape(left), 1), left);
          const b = tf.tensor(numbers(tf.util.sizeFromShape(right), 2), right);
          // By sums of products, which no kernel of ours is in.
          const spread = tf.mul(
            tf.expandDims(turnedA ? swapped(a) : a, -1),
            tf.expandDims(turnedB ? swapped(b) : b, -3),
          );
          const y = installed ? tf.matMul(a, b, turnedA, turnedB) : tf.sum(spread, -2);
          return { shape: y.shape, values: [...y.dataSync()] };
        }),
      );
      expect(own!.shape).toEqual(stock!.shape);
      for (const [i, value] of own!.values.entries()) {
        expect(value).toBeCloseTo(stock!.values[i]!, 5);
      }
    }
  });

  // A library takes other code for other numbers of rows.
  it.skipIf(variant === "native")(
    "gives a row the same numbers whatever rows are beside it",
    () => {
      const k = 700;
      const rowsOf = (m: number) =>
        tf.tidy(() => {
          const a = tf.tensor2d(numbers(m * k, 1), [m, k]);
          return tf.matMul(a, tf.tensor2d(numbers(k * 11, 2), [k, 11])).dataSync();
        });
      const whole = rowsOf(140);
      for (const m of [2, 3, 5, 64, 129]) expect(rowsOf(m)).toEqual(whole.slice(0, m * 11));
    },
  );

  it("lets NaN and infinity through, and nothing else with them", () => {
    for (const bad of [Number.NaN, Infinity, -Infinity]) {
      for (const { m, n, k } of [
        { m: 5, n: 9, k: 7 },
        { m: 1, n: 9, k: 300 },
        { m: 9, n: 1, k: 300 },
      ]) {
        const a = numbers(m * k, 1);
        a[2] = bad;
        const y = tf.tidy(() => tf.matMul(tf.tensor2d(a, [m, k]), tf.fill([k, n], 2)).dataSync());
        expect([...y.slice(0, n)]).toEqual(new Array(n).fill(bad));
        expect([...y.slice(n)].every(Number.isFinite)).toBe(true);
      }
    }
    // 0·∞ is not a number: padding must not hide it, nor make it.
    const zeros = tf.tidy(() => tf.matMul(tf.zeros([3, 3]), tf.fill([3, 3], Infinity)).dataSync());
    expect([...zeros]).toEqual(new Array(9).fill(Number.NaN));
  });

  it("refuses numbers of another type, and sizes that do not meet", () => {
    const ints = tf.ones([2, 2], "int32");
    expect(() => tf.engine().runKernel("BatchMatMul", { a: ints, b: ints }, {})).toThrow(/float32/);
    expect(() => tf.matMul(tf.ones([2, 3]), tf.ones([2, 3]))).toThrow(/inner shapes/i);
  });
});

function swapped(t: tf.Tensor): tf.Tensor {
  const axes = range(t.rank);
  return tf.transpose(t, [...axes.slice(0, -2), t.rank - 1, t.rank - 2]);
}
