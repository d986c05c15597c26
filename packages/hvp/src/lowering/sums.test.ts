import { linearize } from "@eoss/hvp";
import { evaluated } from "@eoss/hvp/internal";
import { stream } from "@eoss/rng";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { backends, useBackend } from "../backends.fixture.js";

/** Largest error, relative to the sum of absolute values, that a sum may have. */
const TOLERANCE = 1e-6;

interface Terms {
  /** What each entry of the result is the sum of, times a factor: [terms of entry 0, entry 1, ...]. */
  readonly terms: (x: Float32Array) => number[][];
}

/** An op that sums, on one tensor of a shape. */
interface Summing extends Terms {
  readonly name: string;
  readonly shape: number[];
  readonly f: (x: tf.Tensor) => tf.Tensor;
  /** What is summed where it is not x itself, in which case rounding is relative to it. */
  readonly scale?: number;
  readonly skip?: readonly string[];
}

/** Terms of a sum over the middle of [outer, count, inner]. */
const middle = (outer: number, count: number, inner: number) => (x: Float32Array) =>
  Array.from({ length: outer * inner }, (_, at) => {
    const first = Math.floor(at / inner) * count * inner + (at % inner);
    return Array.from({ length: count }, (_, k) => x[first + k * inner]!);
  });

const all = (x: Float32Array) => [Array.from(x)];
const running = (reverse: boolean, exclusive: boolean) => (x: Float32Array) => {
  const list = reverse ? Array.from(x).reverse() : Array.from(x);
  // A few of them: all would be a million terms each.
  return [999, 4_321, list.length - 1].map((last) => list.slice(0, exclusive ? last : last + 1));
};
const picked = (y: tf.Tensor, reverse: boolean) =>
  tf.gather(reverse ? tf.reverse(y) : y, tf.tensor1d([999, 4_321, y.size - 1], "int32"));
const kernel = (name: string, inputs: tf.NamedTensorMap, attrs = {}) =>
  tf.engine().runKernel(name, inputs, attrs) as tf.Tensor;

const summing: Summing[] = [
  ...(["sum", "mean"] as const).flatMap((name): Summing[] => {
    const scale = (count: number) => (name === "mean" ? 1 / count : 1);
    const op = name === "sum" ? tf.sum : tf.mean;
    const over = (
      shape: number[],
      axis: number[],
      terms: Terms["terms"],
      keep = false,
    ): Summing => ({
      name: `${name} of [${shape}] over ${axis}${keep ? ", kept" : ""}`,
      shape,
      f: (x) => op(x, axis, keep),
      terms,
      scale: scale(axis.reduce((n, a) => n * shape[a]!, 1)),
    });
    return [
      over([100, 300], [0, 1], all),
      over([4, 10_000], [1], middle(4, 10_000, 1)),
      over([4, 10_000], [0], middle(1, 4, 10_000)),
      over([10_000, 4], [0], middle(1, 10_000, 4), true),
      over([10_001, 1], [0], middle(1, 10_001, 1)),
      over([16, 30, 30, 3], [0, 1, 2], middle(1, 14_400, 3)),
      over([3, 6_000, 4], [1], middle(3, 6_000, 4), true),
      over([6_000, 3, 4], [0, 2], (x) =>
        [0, 1, 2].map((j) => Array.from(x).filter((_, i) => Math.floor(i / 4) % 3 === j)),
      ),
    ];
  }),
  ...[false, true].flatMap((reverse) =>
    [false, true].map(
      (exclusive): Summing => ({
        name: `cumsum${reverse ? " reverse" : ""}${exclusive ? " exclusive" : ""}`,
        shape: [10_000],
        f: (x) => picked(tf.cumsum(x, 0, exclusive, reverse), reverse),
        terms: running(reverse, exclusive),
      }),
    ),
  ),
  {
    name: "a dot product",
    shape: [10_000],
    f: (x) => tf.dot(x, tf.fill(x.shape, 0.75)),
    terms: all,
    scale: 0.75,
  },
  ...[1, 5].flatMap((rows) =>
    [false, true].map(
      (turned): Summing => ({
        name: `${rows} rows times a matrix${turned ? ", both transposed" : ""}`,
        shape: [rows, 6_000],
        f: (x) => {
          const b = tf.fill(turned ? [1, 6_000] : [6_000, 1], 0.75);
          return turned
            ? tf.reshape(tf.matMul(tf.transpose(x), b, true, true), [rows])
            : tf.reshape(tf.matMul(x, b), [rows]);
        },
        terms: middle(rows, 6_000, 1),
        scale: 0.75,
      }),
    ),
  ),
  {
    name: "a product of matrices with long sums",
    shape: [3, 6_000],
    f: (x) => tf.reshape(tf.slice(tf.matMul(x, tf.fill([6_000, 2], 0.75)), [0, 1], [3, 1]), [3]),
    terms: middle(3, 6_000, 1),
    scale: 0.75,
  },
  {
    name: "a batch of products of one row",
    shape: [3, 1, 6_000],
    f: (x) => tf.reshape(tf.matMul(x, tf.fill([3, 6_000, 1], 0.75)), [3]),
    terms: middle(3, 6_000, 1),
    scale: 0.75,
  },
  {
    name: "average pooling over a whole image",
    shape: [1, 100, 100, 1],
    f: (x) => tf.avgPool(x as tf.Tensor4D, [100, 100], 1, "valid"),
    terms: all,
    scale: 1 / 10_000,
  },
  {
    name: "a convolution over many channels",
    shape: [1, 3, 3, 700],
    f: (x) =>
      tf.slice(tf.conv2d(x as tf.Tensor4D, tf.fill([3, 3, 700, 2], 0.75), 1, "valid"), 0, 1),
    terms: (x) => [Array.from(x), Array.from(x)],
    scale: 0.75,
  },
  {
    name: "the gradient of a convolution with respect to its kernel",
    shape: [12, 30, 30, 1],
    f: (dy) =>
      kernel(
        "Conv2DBackpropFilter",
        { x: tf.fill([12, 30, 30, 1], 0.75), dy },
        { strides: 1, pad: "valid", dataFormat: "NHWC", filterShape: [1, 1, 1, 1] },
      ),
    terms: all,
    scale: 0.75,
  },
  {
    name: "entries that meet at one place",
    shape: [10_000, 2],
    f: (x) => tf.scatterND(tf.zeros([10_000, 1], "int32"), x, [3, 2]),
    terms: (x) => [...middle(1, 10_000, 2)(x), [], [], [], []],
  },
  {
    name: "entries that meet at one place, by a list of numbers",
    shape: [10_000, 2],
    f: (x) => tf.scatterND(tf.zeros([10_000], "int32"), x, [3, 2]),
    terms: (x) => [...middle(1, 10_000, 2)(x), [], [], [], []],
  },
  {
    name: "entries of one segment",
    shape: [10_000, 2],
    f: (x) => tf.unsortedSegmentSum(x, tf.zeros([10_000], "int32") as tf.Tensor1D, 1),
    terms: middle(1, 10_000, 2),
  },
];

const numbers: Record<string, (n: number) => Float32Array> = {
  "of a large mean": (n) => Float32Array.from(stream(3, "terms").normals(n), (z) => 1000 + z),
  random: (n) => Float32Array.from(stream(3, "terms").normals(n)),
  "of falling size": (n) => Float32Array.from({ length: n }, (_, i) => 1 / (1 + i)),
};

describe.each(backends)("sums of many terms on %s", (backend) => {
  beforeAll(() => useBackend(backend));

  const kinds = Object.keys(numbers).slice(0, process.env.EOSS_FULL ? undefined : 1);
  describe.each(kinds)("%s", (kind) => {
    it.each(summing)("$name", ({ shape, f, terms, scale = 1 }) => {
      const x = numbers[kind]!(tf.util.sizeFromShape(shape));
      const actual = tf.tidy(() => evaluated(() => f(tf.tensor(x, shape))).dataSync());
      const expected = terms(x);
      expect(actual.length).toBe(expected.length);
      const errors = expected.map((list, entry) => {
        const exact = scale * list.reduce((sum, value) => sum + value, 0);
        const size = scale * list.reduce((sum, value) => sum + Math.abs(value), 0);
        return size === 0 ? Math.abs(actual[entry]!) : Math.abs(actual[entry]! - exact) / size;
      });
      expect(Math.max(...errors.slice(0, 1000))).toBeLessThanOrEqual(TOLERANCE);
    });
  });

  it("a penalty on all weights, its gradient, and J·v along it", () => {
    const w = Float32Array.from(stream(1, "weights").normals(3072 * 512));
    const squares = w.reduce((sum, z) => sum + z * z, 0);
    const params = { w: tf.tensor(w, [3072, 512]) };
    const linearization = linearize((p) => tf.mul(0.5, tf.sum(tf.square(p.w))), params);
    expect(linearization.loss.dataSync()[0]! / (squares / 2)).toBeCloseTo(1, 6);
    const slope = tf.tidy(() => linearization.jvp(linearization.gradient).dataSync()[0]!);
    expect(slope / squares).toBeCloseTo(1, 6);
    linearization.dispose();
    params.w.dispose();
  });

  it("softmax of many classes", () => {
    const logits = Float32Array.from(stream(2, "logits").normals(10_000));
    const total = logits.reduce((sum, z) => sum + Math.exp(z), 0);
    const shares = tf.tidy(() =>
      evaluated(() => tf.softmax(tf.tensor2d(logits, [1, 10_000]))).dataSync(),
    );
    for (let k = 0; k < 50; k++) {
      expect((shares[k]! * total) / Math.exp(logits[k]!)).toBeCloseTo(1, 6);
    }
  });

  it("NaN and infinite terms are not lost", () => {
    for (const bad of [Number.NaN, Infinity]) {
      for (const { name, shape, f } of summing) {
        const x = new Float32Array(tf.util.sizeFromShape(shape)).fill(1);
        x[0] = bad;
        const y = tf.tidy(() => evaluated(() => f(tf.tensor(x, shape))).dataSync());
        const found = [...y].some((value) => !Number.isFinite(value));
        // Of a running sum that leaves the first out, all later ones hold it.
        expect(found || /reverse/.test(name), `${name} of ${bad}`).toBe(true);
      }
    }
  });
});
