import "@tensorflow/tfjs-backend-cpu";
import { symmetricEigen } from "@eoss/eigen";
import { crossEntropy, type LossHead, mse } from "@eoss/hvp";
import { stream } from "@eoss/rng";
import { defineQuantity, measure, quantityByName, type TfjsProblem } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import type { CurvatureKind } from "../loss/engine.js";
import { type ReducedVector, squaredCosine, type Vector } from "../loss/space.js";
import { shared } from "../measuring/measurementViews.js";
import type { SharedView, ViewSettings } from "../measuring/sharedView.js";
import { tfjsProblem } from "./problem.js";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

const SAMPLES = 24;
const BATCH = 5;
const INPUTS = 20;
const CLASSES = 3;
const random = stream(8, "reduced views");

/** Tensors of the problem at hand. */
const made: tf.Tensor[] = [];
const disposeMade = () => tf.dispose(made.splice(0));

/**
 * A perceptron on random data, 20–6–3, or 20–6–30–30–3 with an inner layer that can be confined;
 * weight decay acts on the first layer, which then cannot.
 */
function problem(head: LossHead, decay = 0, inner = false): TfjsProblem {
  let fork = 0;
  const numbers = (scale: number, ...shape: number[]) => {
    const values = random.fork(fork++).normals(shape.reduce((product, size) => product * size, 1));
    const result = tf.tensor(
      values.map((value) => scale * value),
      shape,
      "float32",
    );
    made.push(result);
    return result;
  };
  const x = numbers(1, SAMPLES, INPUTS);
  const y = tf.tidy(() => {
    const labels = tf.tensor1d(
      Array.from({ length: SAMPLES }, (_, k) => k % CLASSES),
      "int32",
    );
    return tf.cast(tf.oneHot(labels, CLASSES), "float32");
  });
  made.push(y);
  const params = {
    w1: numbers(0.4, INPUTS, 6),
    b1: numbers(0.1, 6),
    ...(inner && { v1: numbers(0.4, 6, 30), v2: numbers(0.2, 30, 30) }),
    w2: numbers(0.7, inner ? 30 : 6, CLASSES),
    b2: numbers(0.1, CLASSES),
  };
  type Params = typeof params;
  const outputsOf = (indices: Int32Array) => (p: Params) => {
    let hidden = tf.tanh(tf.add(tf.matMul(tf.gather(x, indices), p.w1), p.b1));
    for (const v of [p.v1, p.v2]) hidden = v ? tf.tanh(tf.matMul(hidden, v)) : hidden;
    return tf.add(tf.matMul(hidden, p.w2), p.b2);
  };
  const targetsOf = (indices: Int32Array) => tf.gather(y, indices);
  return {
    params,
    samples: SAMPLES,
    batchSize: BATCH,
    head,
    outputsOf,
    targetsOf,
    lossOf: (indices) => (p: Params) => {
      const loss = head(outputsOf(indices)(p), targetsOf(indices));
      return decay > 0 ? tf.add(loss, tf.mul(decay, tf.sum(tf.square(p.w1)))) : loss;
    },
  };
}

function viewOf(
  at: TfjsProblem,
  indices: Int32Array,
  { plain, ...settings }: ViewSettings & { readonly plain: boolean },
): SharedView {
  return shared(tfjsProblem(at), indices, { set: "training", plain }, settings);
}

/** A matrix whose vectors are known to be typed arrays. */
interface Dense {
  readonly n: number;
  gradient(): Float64Array;
  apply(x: Float64Array, out: Float64Array): void;
}
const few = async (view: SharedView, kind: CurvatureKind = "hessian") =>
  (await view.reduced(kind)) as unknown as Dense;
const all = (view: SharedView, kind: CurvatureKind = "hessian") =>
  view.curvature(kind) as unknown as Dense;
const numbers = (vector: unknown) => vector as Float64Array;

/** λmax of the matrix behind an operator, from all its columns. */
function denseTop(operator: Dense): number {
  const rows = Array.from({ length: operator.n }, (_, k) => {
    const [unit, out] = [new Float64Array(operator.n), new Float64Array(operator.n)];
    unit[k] = 1;
    operator.apply(unit, out);
    return out;
  });
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < i; j++) rows[i]![j] = rows[j]![i] = (rows[i]![j]! + rows[j]![i]!) / 2;
  }
  return symmetricEigen(rows).values[0]!;
}

async function withViews(
  at: TfjsProblem,
  fork: number,
  use: (reduced: SharedView, plain: SharedView) => Promise<void>,
): Promise<void> {
  const indices = random.fork(500, fork).sample(SAMPLES, BATCH);
  const settings = { tolerance: 0.02, stream: random.fork(600, fork), pause: async () => {} };
  const before = tf.memory().numTensors;
  const views = [false, true].map((plain) => viewOf(at, indices, { ...settings, plain }));
  try {
    await use(views[0]!, views[1]!);
  } finally {
    for (const view of views) view.dispose();
  }
  expect(tf.memory().numTensors).toBe(before);
}

describe.each([
  ["mse", mse],
  ["cross-entropy", crossEntropy],
] as const)("a batch in the span of its inputs, %s", (_, head) => {
  it("λmax is that of the dense matrix, for fewer products than the plain way", async () => {
    const at = problem(head);
    const products = { reduced: 0, plain: 0 };
    for (let fork = 0; fork < 3; fork++) {
      await withViews(at, fork, async (reduced, plain) => {
        expect((await few(plain)).n - (await few(reduced)).n).toBe((INPUTS - BATCH) * 6);
        for (const kind of ["hessian", "gauss-newton"] as const) {
          const [a, b] = [await reduced.top(kind), await plain.top(kind)];
          const lambda = denseTop(all(plain, kind));
          expect(lambda - a.value).toBeLessThan(a.errorBound!);
          expect(lambda - a.value).toBeGreaterThan(-1e-5 * lambda);
          expect(Math.abs(a.value - b.value)).toBeLessThan(a.errorBound! + b.errorBound!);
          if (kind === "gauss-newton") continue;
          products.reduced += a.products;
          products.plain += b.products;
        }
      });
    }
    expect(products.reduced).toBeLessThan(products.plain);
    disposeMade();
  });

  it("all in one set of coordinates, and back in all parameters", async () => {
    const at = problem(head);
    await withViews(at, 9, async (reduced, plain) => {
      const [along, whole] = [await reduced.alongGradient(), await plain.alongGradient()];
      expect(along.quadratic / whole.quadratic).toBeCloseTo(1, 4);
      expect(along.square / whole.square).toBeCloseTo(1, 4);
      const gradient = numbers(plain.gradient());
      const size = Math.hypot(...gradient);
      const lifted = reduced.lift((await few(reduced)).gradient() as unknown as ReducedVector);
      for (const ours of [reduced.gradient(), lifted].map(numbers)) {
        expect(ours.length).toBe(reduced.dimension);
        for (const [k, slope] of gradient.entries()) {
          expect(Math.abs(ours[k]! - slope) / size).toBeLessThan(1e-6);
        }
      }
      // The same direction means the same in the coordinates of either matrix, and in all.
      for (const kind of ["hessian", "gauss-newton"] as const) {
        const matrix = await few(reduced, kind);
        const image = new Float64Array(matrix.n);
        const [own, expected] = [
          new Float64Array(plain.dimension),
          new Float64Array(plain.dimension),
        ];
        matrix.apply(matrix.gradient(), image);
        all(reduced, kind).apply(numbers(reduced.gradient()), own);
        all(plain, kind).apply(numbers(plain.gradient()), expected);
        const scale = Math.hypot(...expected);
        const back = numbers(reduced.lift(image as unknown as ReducedVector));
        for (const [k, entry] of expected.entries()) {
          expect(Math.abs(back[k]! - entry) / scale).toBeLessThan(1e-5);
          expect(Math.abs(own[k]! - entry) / scale).toBeLessThan(1e-5);
        }
      }
    });
    disposeMade();
  });

  it("vectors are over all parameters, and refuse those that are not", async () => {
    const at = problem(head);
    await withViews(at, 10, async (reduced, plain) => {
      const [a, b] = [await reduced.top("hessian"), await plain.top("hessian")];
      expect(numbers(a.vectors[0]).length).toBe(plain.dimension);
      const { space } = reduced;
      expect(await squaredCosine(space, a.vectors[0]!, b.vectors[0]!)).toBeGreaterThan(0.99);
      // Asked again, they are the same, and nothing is booked.
      const again = await reduced.top("hessian");
      expect(again.vectors[0]).toBe(a.vectors[0]);
      expect(again.products).toBe(0);

      const matrix = await reduced.reduced("hessian");
      const gradient = await plain.gradient();
      const own = (await few(reduced)).gradient() as unknown as ReducedVector;
      // @ts-expect-error of other coordinates
      expect(() => space.dot(own, gradient)).toThrow(/different coordinates/);
      // @ts-expect-error over all parameters already
      expect(() => reduced.lift(gradient)).toThrow(/already/);
      const out = new Float64Array(matrix.n);
      // @ts-expect-error a product of the reduced matrix with a vector of all parameters
      expect(() => matrix.apply(gradient, out)).toThrow(RangeError);
      // @ts-expect-error a product of the whole matrix with a vector of reduced coordinates
      expect(() => reduced.hessian().apply(own, out as unknown as Vector)).toThrow(RangeError);
      // @ts-expect-error no kind of matrix
      expect(() => reduced.curvature("gauss_newton")).toThrow(/no matrix "gauss_newton"/);
    });
    disposeMade();
  });

  it("a quantity of somebody's own sees gradients over all parameters", async () => {
    const at = problem(head);
    const product = (x: ArrayLike<number>, y: ArrayLike<number>) => {
      let sum = 0;
      for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
      return sum;
    };
    const angle = defineQuantity({
      ...{ name: "gradient-angle", description: "cos² to the whole gradient", cost: "no product" },
      ...{ over: "batches", unit: "fraction", needs: ["full-batch"] },
      sample(batch, { full }) {
        const [ours, whole] = [numbers(batch.gradient()), numbers(full().gradient())];
        const value = product(ours, whole) ** 2 / product(ours, ours) / product(whole, whole);
        return { value, products: 0, status: "exact" };
      },
    });
    const [reduced, plain] = await Promise.all(
      [false, true].map((plain) =>
        measure(at, [angle], { tolerance: 0.1, maxBatches: 8, stream: stream(4, "a"), plain }),
      ),
    );
    expect(reduced![0]!.value / plain![0]!.value).toBeCloseTo(1, 4);
    disposeMade();
  });

  it("minibs and the gap are what the plain way gives on the same batches", async () => {
    const at = problem(head);
    const quantities = ["fullbs", "minibs", "batch-sharpness"].map(quantityByName);
    const [reduced, plain] = await Promise.all(
      [false, true].map((plain) =>
        measure(at, quantities, {
          tolerance: 0.1,
          maxBatches: 8,
          stream: stream(3, "measurement"),
          plain,
        }),
      ),
    );
    for (const [index, measured] of reduced!.entries()) {
      const other = plain![index]!;
      for (const [k, value] of (measured.batches ?? [measured.value]).entries()) {
        const bound = measured.errorBound! + other.errorBound! + 0.01 * Math.abs(value);
        expect(Math.abs(value - (other.batches ?? [other.value])[k]!)).toBeLessThan(bound);
      }
    }
    expect(reduced![1]!.products).toBeLessThan(plain![1]!.products);
    disposeMade();
  });
});

it("with weight decay every coordinate stays, also of matrices of the outputs", async () => {
  const at = problem(mse, 0.01);
  await withViews(at, 3, async (reduced, plain) => {
    expect((await few(reduced)).n).toBe(reduced.dimension);
    expect((await few(reduced, "gauss-newton")).n).toBe(reduced.dimension);
    const [a, b] = [await reduced.top("hessian"), await plain.top("hessian")];
    expect(a.value).toBe(b.value);
    expect(a.products).toBe(b.products);
  });
  disposeMade();
});

it.each([0, 0.01])("inner layers too, with weight decay %d on the first", async (decay) => {
  const at = problem(mse, decay, true);
  await withViews(at, 4, async (reduced, plain) => {
    const ofFirst = decay === 0 ? (INPUTS - BATCH) * 6 : 0;
    expect((await few(plain)).n - (await few(reduced)).n).toBe(ofFirst + (30 - 2 * BATCH) * 30);
    for (const kind of ["hessian", "gauss-newton", "empirical-fisher"] as const) {
      expect((await few(reduced, kind)).n).toBe((await few(reduced)).n);
      const [a, b] = [await reduced.top(kind), await plain.top(kind)];
      expect(Math.abs(a.value - b.value)).toBeLessThan(a.errorBound! + b.errorBound!);
      expect(Math.abs(a.value / b.value - 1)).toBeLessThan(1e-3);
    }
  });
  disposeMade();
});

describe("where the Hessian splits into blocks", () => {
  // Two orthogonal inputs, f(x) = Σ a_k·b_k·x_k with a_k = b_k, fitted all but exactly: the blocks of the
  // mean squared error have λmax = 2a_k². The gradient lies in the lower one; half of all vectors of
  // signs are at right angles to the eigenvector of the other.
  const top = [2.03, 1.77];
  const a = top.map((value) => Math.sqrt(value / 2));

  it("the top block is found from a gradient in another one", async () => {
    const x = tf.eye(2);
    const y = tf.tensor2d([[top[0]! / 2], [top[1]! / 2 - 1e-4]]);
    const params = { a: tf.tensor1d(a), b: tf.tensor1d(a) };
    const outputsOf = (indices: Int32Array) => (p: typeof params) =>
      tf.sum(tf.mul(tf.gather(x, indices), tf.mul(p.a, p.b)), 1, true);
    const targetsOf = (indices: Int32Array) => tf.gather(y, indices);
    const toy: TfjsProblem = {
      ...{ params, samples: 2, batchSize: 2, head: mse, outputsOf, targetsOf },
      lossOf: (indices) => (p: typeof params) => mse(outputsOf(indices)(p), targetsOf(indices)),
    };
    for (const plain of [false, true]) {
      for (let fork = 0; fork < 20; fork++) {
        const settings = { tolerance: 0.01, stream: random.fork(700, fork), pause: async () => {} };
        const view = viewOf(toy, Int32Array.of(0, 1), { ...settings, plain });
        const { value } = await view.top("hessian");
        view.dispose();
        expect(value).toBeCloseTo(2.03, 3);
      }
    }
    tf.dispose([x, y, params]);
  });
});
