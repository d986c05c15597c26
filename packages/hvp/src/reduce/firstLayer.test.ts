import {
  type CurvatureOperator,
  constant,
  crossEntropy,
  fisher,
  gaussNewton,
  hessian,
  layoutOf,
  mse,
} from "@eoss/hvp";
import { stream } from "@eoss/rng";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import "../backend.fixture.js";
import { expectNoLeak, FLOAT32, relativeError } from "../expectations.fixture.js";
import { image, normalTensors } from "../tensors.fixture.js";

const SAMPLES = 4;
const INPUTS = 12;
const random = stream(5, "input span");
const numbers = normalTensors(random);

type Tree = Record<string, tf.Tensor>;
const makeParams = (): Tree => ({
  w1: numbers(INPUTS, 5),
  b1: numbers(5),
  w2: numbers(5, 3),
  b2: numbers(3),
});
const dense = (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor) => tf.add(tf.matMul(x, w), b);
const tail = (p: Tree, first: tf.Tensor) => dense(tf.tanh(tf.add(first, p.b1!)), p.w2!, p.b2!);
const labels = () => tf.cast(tf.oneHot(tf.tensor1d([0, 2, 1, 0], "int32"), 3), "float32");

/** A problem that is made anew for each test, and disposed. */
function withTensors(body: (params: Tree, x: tf.Tensor2D, y: tf.Tensor) => void): void {
  const made = { ...makeParams(), x: numbers(SAMPLES, INPUTS), y: tf.tidy(labels) };
  const { x, y, ...params } = made;
  expectNoLeak(() => body(params, x as tf.Tensor2D, y));
  tf.dispose(made);
}

/** Norm, inner products and images of all vectors in both coordinates, and that nothing is left out. */
function expectEqual(full: CurvatureOperator, reduced: CurvatureOperator, x: tf.Tensor): void {
  expect(reduced.n).toBe(full.n - (INPUTS - SAMPLES) * 5);
  expect(Math.abs(reduced.loss / full.loss - 1)).toBeLessThan(FLOAT32);
  expect(relativeError(reduced.lift(reduced.gradient), full.gradient)).toBeLessThan(FLOAT32);
  for (let direction = 0; direction < 4; direction++) {
    const z = random.fork(100 + direction).normals(reduced.n) as unknown as Float32Array;
    const v = reduced.lift(Float32Array.from(z));
    expect(Math.hypot(...v) / Math.hypot(...z)).toBeCloseTo(1, 6);
    const lifted = reduced.lift(image(reduced, Float32Array.from(z)));
    expect(relativeError(lifted, image(full, v))).toBeLessThan(2 * FLOAT32);
  }
  // A direction outside of the inputs' span, found by Gram–Schmidt: flat, so nothing is missed.
  const rows = x.arraySync() as number[][];
  const column = Array.from(random.fork(200).normals(INPUTS));
  for (let pass = 0; pass < 50; pass++) {
    for (const row of rows) {
      const share =
        row.reduce((sum, entry, k) => sum + entry * column[k]!, 0) / Math.hypot(...row) ** 2;
      for (const [k, entry] of row.entries()) column[k]! -= share * entry;
    }
  }
  const outside = new Float32Array(full.n);
  for (let k = 0; k < INPUTS; k++) outside[k * 5 + 2] = column[k]!;
  const size = Math.hypot(...outside);
  expect(size).toBeGreaterThan(0.1);
  const along = Math.hypot(...image(full, Float32Array.from(full.gradient)));
  const slope = Math.hypot(...full.gradient);
  expect(Math.hypot(...image(full, outside)) / size).toBeLessThan((1e-4 * along) / slope);
}

describe.each([
  ["mse", mse],
  ["cross-entropy", crossEntropy],
] as const)("in the span of the inputs, %s", (_, loss) => {
  const outputs = (x: tf.Tensor) => (p: Tree) => tail(p, tf.matMul(x, p.w1!));

  it("the Hessian is the same", () => {
    withTensors((params, x, y) => {
      const chunks = [{ loss: (p: Tree) => loss(outputs(x)(p), y), weight: 1 }];
      const [full, reduced] = [false, true].map((reduce) => hessian({ params, chunks, reduce }));
      expectEqual(full!, reduced!, x);
      full!.dispose();
      reduced!.dispose();
    });
  });

  it("Gauss–Newton and empirical Fisher matrix are the same", () => {
    withTensors((params, x, targets) => {
      const chunks = [{ outputs: outputs(x), targets, weight: 1 }];
      for (const make of [
        (reduce: boolean) => gaussNewton({ params, chunks, head: loss, reduce }),
        (reduce: boolean) => fisher({ params, chunks, head: loss, reduce, kind: "empirical" }),
      ]) {
        const [full, reduced] = [make(false), make(true)];
        expectEqual(full, reduced, x);
        full.dispose();
        reduced.dispose();
      }
    });
  });
});

it("eigenvalues of linear regression: 2/b times those of X·Xᵀ, each once for each output", () => {
  const x = tf.tensor2d([
    [3, 0, 0, 4, 0, 0],
    [0, 0, 2, 0, 0, 0],
  ]);
  const [y, w] = [tf.zeros([2, 2]), tf.ones([6, 2])];
  expectNoLeak(() => {
    const chunks = [{ loss: ([p]: readonly tf.Tensor[]) => mse(tf.matMul(x, p!), y), weight: 1 }];
    const operator = hessian({ params: [w], chunks, reduce: true });
    expect(operator.n).toBe(4);
    const matrix = Array.from({ length: 4 }, (_, k) => {
      const [unit, out] = [new Float32Array(4), new Float32Array(4)];
      unit[k] = 1;
      operator.apply(unit, out);
      return out;
    });
    // Rows at right angles: the matrix is diagonal, the longer one first.
    const expected = [25, 25, 4, 4];
    for (const [i, row] of matrix.entries()) {
      for (const [j, entry] of row.entries()) expect(entry).toBeCloseTo(i === j ? expected[i]! : 0);
    }
    operator.dispose();
  });
  tf.dispose([x, y, w]);
});

describe("what enters elsewhere too keeps all its parameters", () => {
  const x2 = numbers(SAMPLES, INPUTS);
  const wide = numbers(7, INPUTS);
  const cases: Record<string, (p: Tree, x: tf.Tensor2D, y: tf.Tensor) => tf.Tensor> = {
    "weight decay": (p, x, y) =>
      tf.add(mse(tail(p, tf.matMul(x, p.w1!)), y), tf.sum(tf.square(p.w1!))),
    "a second product": (p, x, y) =>
      mse(tail(p, tf.add(tf.matMul(x, p.w1!), tf.matMul(x2, p.w1!))), y),
    "a second product that counts as constant": (p, x, y) =>
      mse(
        tail(
          p,
          tf.add(
            tf.matMul(x, p.w1!),
            constant(() => tf.matMul(x2, p.w1!)),
          ),
        ),
        y,
      ),
    "tied weights": (p, x, y) => {
      const code = tf.tanh(tf.matMul(x, p.w1!));
      return tf.add(mse(tail(p, code), y), mse(tf.matMul(code, p.w1!, false, true), x));
    },
    "inputs scaled by a parameter": (p, x, y) =>
      mse(tail(p, tf.matMul(tf.mul(x, tf.mean(p.b2!)), p.w1!)), y),
    "more samples than half the columns": (p, _, y) =>
      mse(tf.slice(tail(p, tf.matMul(wide, p.w1!)), 0, SAMPLES), y),
    "a kernel that is flattened first": (p, x, y) =>
      mse(tail(p, tf.matMul(x, tf.reshape(p.w1!, [INPUTS, 5]))), y),
  };

  it.each(Object.keys(cases))("%s", (name) => {
    withTensors((params, x, y) => {
      const chunks = [{ loss: (p: Tree) => cases[name]!(p, x, y), weight: 1 }];
      const [full, tried] = [false, true].map((reduce) => hessian({ params, chunks, reduce }));
      expect(tried!.n).toBe(layoutOf(params).size);
      const v = random.fork(300).normals(full!.n) as unknown as Float32Array;
      const [expected, actual] = [full!, tried!].map((operator) => image(operator, v));
      expect(actual).toEqual(expected);
      expect(tried!.lift(v)).toEqual(Float32Array.from(v));
      full!.dispose();
      tried!.dispose();
    });
  });
});

it("finds the first layer behind a flattening, and in sequences", () => {
  const image = numbers(2, 3, 4);
  const sequences = numbers(1, 2, INPUTS);
  const params = makeParams();
  for (const first of [
    (w: tf.Tensor) => tf.matMul(tf.reshape(image, [2, INPUTS]), w),
    (w: tf.Tensor) => tf.matMul(sequences, w),
  ]) {
    // Of w1 alone, so that nothing else could make a product count as varying.
    const loss = (p: Tree) => tf.sum(tf.square(tail({ ...params, w1: p.w1! }, first(p.w1!))));
    const problem = { params: { w1: params.w1! }, chunks: [{ loss, weight: 1 }] };
    expectNoLeak(() => {
      const [full, reduced] = [false, true].map((reduce) => hessian({ ...problem, reduce }));
      expect(reduced!.n).toBe(2 * 5);
      const lifted = reduced!.lift(reduced!.gradient);
      expect(relativeError(lifted, full!.gradient)).toBeLessThan(FLOAT32);
      full!.dispose();
      reduced!.dispose();
    });
  }
  tf.dispose([image, sequences, Object.values(params)]);
});

it("several chunks, or a block without the first layer, stay as they are", () => {
  withTensors((params, x, y) => {
    const chunk = { loss: (p: Tree) => mse(tail(p, tf.matMul(x, p.w1!)), y), weight: 0.5 };
    const twice = hessian({ params, chunks: [chunk, chunk], reduce: true });
    expect(twice.n).toBe(layoutOf(params).size);
    twice.dispose();
    const only = { params, chunks: [{ ...chunk, weight: 1 }], reduce: true };
    const block = hessian({ ...only, block: ["b1", "w2"] });
    expect(block.n).toBe(20);
    block.dispose();
    const first = hessian({ ...only, block: ["w1", "b2"] });
    expect(first.n).toBe(SAMPLES * 5 + 3);
    expect(first.lift(first.gradient).length).toBe(INPUTS * 5 + 3);
    first.dispose();
  });
});
