import "@tensorflow/tfjs-backend-cpu";
import { crossEntropy, mse } from "@eoss/hvp";
import { stream } from "@eoss/rng";
import { measure, quantityByName, staticCurve, type TfjsProblem } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";

await tf.setBackend("cpu");

type Weights = { readonly w: tf.Tensor2D };
type Loss = TfjsProblem["lossOf"];
type Outputs = (x: tf.Tensor2D, p: Weights) => tf.Tensor2D;

const random = (seed: number, ...shape: [number, number]) =>
  tf.tensor2d(stream(seed, "numbers").normals(shape[0] * shape[1]), shape);
const linear: Outputs = (x, { w }) => tf.matMul(x, w);

function regression(n: number, { scale = 1, outputs = linear, offset = 0 } = {}) {
  const x = tf.mul(random(1, n, 3), scale) as tf.Tensor2D;
  const y = tf.add(tf.mul(random(2, n, 2), scale), offset) as tf.Tensor2D;
  const rows = (of: tf.Tensor2D, indices: ArrayLike<number>) =>
    tf.gather(of, tf.tensor1d(Int32Array.from(indices), "int32"));
  const squares = (indices: ArrayLike<number>, p: Weights) =>
    tf.sum(tf.square(tf.sub(outputs(rows(x, indices), p), rows(y, indices))), 1);
  return { x, y, rows, squares };
}

const all = (n: number) => Int32Array.from({ length: n }, (_, i) => i);
const params = () => ({ w: random(3, 3, 2) });
const loss = [quantityByName("loss")];
const options = { tolerance: 0.1, maxBatches: 8, stream: stream(4, "measurement") };
const tried = (problem: TfjsProblem) => (async () => measure(problem, loss, options))();

const { x, y, rows, squares } = regression(12);
const hot = tf.oneHot(
  tf.tensor1d(
    [...all(12)].map((i) => i % 2),
    "int32",
  ),
  2,
) as tf.Tensor2D;
const meanSquares: Loss = (indices) => (p) => tf.mean(squares(indices, p));

describe("takes a loss that is a mean over its samples", () => {
  const ofClasses: Loss = (indices) => (p) =>
    crossEntropy(linear(rows(x, indices), p), rows(hot, indices));
  const same = regression(1);
  const tiny = regression(12, { scale: 1e-9 });
  // (10⁴ + x/1000)² − 10⁸ is about 20·x; float32 knows it to 8.
  const rounded: Loss = (indices) => (p) => {
    const f = tf.add(tf.mul(1e4, tf.mean(p.w)), tf.mul(1e-3, tf.sum(rows(x, indices), 1)));
    return tf.sub(tf.mean(tf.square(f)), 1e8);
  };
  const losses: Readonly<Record<string, Loss>> = {
    "of squares": meanSquares,
    "of a head": (indices) => (p) => mse(linear(rows(x, indices), p), rows(y, indices)),
    "of classes": ofClasses,
    "with a penalty of its own": (indices) => (p) =>
      tf.add(tf.mean(squares(indices, p)), tf.mul(0.1, tf.sum(tf.square(p.w)))),
    "of both signs": (indices) => (p) => tf.mean(tf.sum(linear(rows(x, indices), p), 1)),
    "whose samples are all the same": (indices) => (p) =>
      tf.mean(
        same.squares(
          indices.map(() => 0),
          p,
        ),
      ),
    "that reads its indices one by one": (indices) => (p) => {
      const each = Array.from(indices, (i) => tf.mean(squares([i], p)));
      return tf.div(tf.addN(each), indices.length);
    },
    "that is 0 everywhere": (indices) => (p) => tf.mul(0, tf.mean(squares(indices, p))),
    "that is 0 but for one sample": (indices) => (p) =>
      tf.mean(tf.mul(squares(indices, p), tf.tensor1d(Array.from(indices, (i) => +(i === 3))))),
    "that is tiny": (indices) => (p) => tf.mean(tiny.squares(indices, p)),
    "that is not finite": (indices) => (p) => tf.div(tf.mean(squares(indices, p)), 0),
  };
  it.each(Object.entries(losses))("%s", async (_, lossOf) => {
    for (const [samples, batchSize] of [
      [12, 4],
      [12, 12],
      [2, 2],
      [2, 1],
      [1, 1],
    ] as const) {
      await tried({ params: params(), samples, batchSize, lossOf: (i) => lossOf(i) });
    }
  });

  it("at parameters where all samples have one loss, as at outputs of 0", async () => {
    const zero = { w: tf.zeros([3, 2]) as tf.Tensor2D };
    await tried({ params: zero, samples: 12, batchSize: 4, lossOf: ofClasses });
  });

  it("whose every digit is rounding", async () => {
    const ones = { w: tf.ones([3, 2]) as tf.Tensor2D };
    await tried({ params: ones, samples: 12, batchSize: 4, lossOf: rounded });
  });

  it("of coupled samples, if it says so", async () => {
    const { lossOf } = coupled;
    await tried({ params: params(), samples: 12, batchSize: 4, lossOf, coupled: true });
  });

  it("of a class, whose problems share one method", async () => {
    class Halves {
      readonly params = params();
      readonly samples = 12;
      readonly batchSize = 4;
      readonly #weight: (indices: Int32Array) => number;
      constructor(weight: (indices: Int32Array) => number) {
        this.#weight = weight;
      }
      lossOf(indices: Int32Array) {
        return (p: Weights) => tf.mul(this.#weight(indices), tf.mean(squares(indices, p)));
      }
    }
    await tried(new Halves(() => 0.5));
    await expect(tried(new Halves(({ length }) => length))).rejects.toThrow("is a sum");
  });
});

const coupled: { readonly lossOf: Loss } = {
  lossOf: (indices) => (p) => {
    const f = linear(rows(x, indices), p);
    return tf.mean(tf.square(tf.sub(tf.sub(f, tf.mean(f, 0)), rows(y, indices))));
  },
};

describe("refuses a loss that is none", () => {
  const sum: Loss = (indices) => (p) => tf.sum(squares(indices, p));
  let count = 0;
  const losses: Readonly<Record<string, readonly [Loss, string]>> = {
    "of all samples": [() => (p) => tf.mean(squares(all(12), p)), "does not depend on its indices"],
    "of the first samples": [
      (indices) => (p) => tf.mean(squares(all(indices.length), p)),
      "does not depend on its indices",
    ],
    "of parameters alone": [() => (p) => tf.sum(p.w), "does not depend on its indices"],
    "that is a sum": [sum, "is a sum and not a mean over its samples"],
    "divided by n": [(i) => (p) => tf.div(sum(i)(p), 12), "is a sum and not a mean"],
    "that is a tiny sum": [(i) => (p) => tf.mul(sum(i)(p), 1e-12), "is a sum and not a mean"],
    "of one kind of sample, as a sum": [
      (indices) => (p) =>
        tf.sum(
          squares(
            indices.map(() => 0),
            p,
          ),
        ),
      "is a sum and not a mean",
    ],
    "divided by n, all samples": [
      (indices) => (p) => tf.div(tf.sum(squares(all(12), p)), indices.length),
      "does not depend on its indices",
    ],
    "that is coupled": [coupled.lossOf, "set coupled: true"],
    "that is a root": [(i) => (p) => tf.sqrt(tf.mean(squares(i, p))), "is not the mean over"],
    "with dropout": [
      (i) => (p) => tf.mul(tf.mean(squares(i, p)), 1 + 0.1 * Math.sin(count++)),
      "gives other values for the same samples",
    ],
    "that drops what it does not like": [
      (indices) => (p) =>
        tf.mean(
          squares(
            indices.filter((i) => i % 2 === 0 || indices.length === 1),
            p,
          ),
        ),
      "is not the mean over its samples",
    ],
  };
  it.each(Object.entries(losses))("%s", async (_, [lossOf, message]) => {
    await expect(tried({ params: params(), samples: 12, batchSize: 4, lossOf })).rejects.toThrow(
      new RegExp(`^lossOf ${message}|^lossOf .*${message}`),
    );
  });

  it("each time it is measured, and of held-out samples", async () => {
    const problem = { params: params(), samples: 12, batchSize: 4, lossOf: sum };
    await expect(tried(problem)).rejects.toThrow("lossOf is a sum");
    await expect(tried({ ...problem })).rejects.toThrow("lossOf is a sum");
    const heldOut = { samples: 12, lossOf: sum };
    await expect(tried({ ...problem, lossOf: meanSquares, heldOut })).rejects.toThrow(
      "lossOf of heldOut is a sum",
    );
    const curve = async () => staticCurve(problem, { ...options, batchSizes: [2] });
    await expect(curve()).rejects.toThrow("lossOf is a sum");
  });
});

it("asks a loss once, whatever the parameters", async () => {
  let calls = 0;
  const lossOf: Loss = (indices) => {
    calls++;
    return meanSquares(indices);
  };
  const problem = { params: params(), samples: 12, batchSize: 4, lossOf };
  await tried(problem);
  const first = calls;
  expect(first).toBeGreaterThan(3);
  await tried({ ...problem, params: { w: random(5, 3, 2) } });
  expect(calls - first).toBe(1);
});
