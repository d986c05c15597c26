import { disposeTree, gradient, jacobian, linearize } from "@eoss/hvp";
import * as tf from "@tensorflow/tfjs-core";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  type MockInstance,
  vi,
} from "vitest";
import { areFinite } from "../src/finite.js";
import "./backend.js";
import { useBackend } from "./backends.js";
import { expectNoLeak } from "./expectations.js";

type Function = (x: tf.Tensor) => tf.Tensor;

describe("a derivative that is not finite where the loss is", () => {
  let warnings: MockInstance;
  beforeEach(() => {
    warnings = vi.spyOn(console, "warn").mockImplementation(() => {});
  });
  afterEach(() => warnings.mockRestore());

  const said = () => warnings.mock.calls.map(([text]) => text as string);

  /** The warnings of the gradient, then those of the first and second product. */
  const warningsOf = (f: Function, at: number[]): [string[], string[]] => {
    const params = { x: tf.tensor1d(at) };
    const ones = { x: tf.onesLike(params.x) };
    let first: string[] = [];
    expectNoLeak(() => {
      const linearization = linearize(({ x }) => tf.sum(f(x)), params);
      first = said();
      disposeTree(linearization.hvp(ones));
      disposeTree(linearization.hvp(ones));
      linearization.dispose();
    });
    const second = said().slice(first.length);
    warnings.mockClear();
    const again = gradient(({ x }) => tf.sum(f(x)), params);
    tf.dispose([again.loss, again.gradient]);
    expect(said()).toEqual(first);
    tf.dispose([params, ones]);
    return [first, second];
  };

  it.each([
    ["Sqrt", (x) => tf.where(tf.greater(x, 0), tf.sqrt(x), tf.zerosLike(x)), [4, -1]],
    ["Sqrt", (x) => tf.sqrt(tf.sum(tf.square(x))), [0, 0]],
    ["Log", (x) => tf.where(tf.greater(x, 0), tf.log(x), tf.zerosLike(x)), [1, 0]],
    ["Pow", (x) => tf.pow(x, 0.5), [1, 0]],
    ["Atan2", (x) => tf.atan2(x, tf.square(x)), [0]],
    ["Reciprocal", (x) => tf.where(tf.equal(x, 0), x, tf.reciprocal(x)), [0, 2]],
    ["RealDiv", (x) => tf.where(tf.equal(x, 0), x, tf.div(1, x)), [0, 2]],
    ["Rsqrt", (x) => tf.where(tf.greater(x, 0), tf.rsqrt(x), x), [1, 0]],
    ["Asin", (x) => tf.asin(x), [1]],
    ["Atanh", (x) => tf.where(tf.less(x, 1), tf.atanh(x), x), [0.5, 1]],
    ["Multiply", (x) => tf.mul(tf.mul(x, 1e30), 1e30), [1e-30]],
  ] as Array<[string, Function, number[]]>)("%s is named, case %#", (op, f, at) => {
    const [first] = warningsOf(f, at);
    expect(first).toHaveLength(1);
    expect(first[0]).toContain(`the gradient holds NaN`);
    expect(first[0]).toContain(`derivative of ${op},`);
  });

  it("is said of a product where the gradient is finite, once", () => {
    const [first, second] = warningsOf((x) => tf.pow(x, 1.5), [1, 0]);
    expect(first).toEqual([]);
    expect(second).toHaveLength(1);
    expect(second[0]).toContain("the Hessian-vector product");
    expect(second[0]).toContain("derivative of Pow,");
  });

  it("is said of the products of a Jacobian", () => {
    const params = { x: tf.tensor1d([4, 0]) };
    const j = jacobian(({ x }) => tf.sqrt(x), params);
    j.vjp(tf.ones([2]));
    j.vjp(tf.ones([2]));
    j.jvp(params);
    j.dispose();
    expect(said()).toHaveLength(2);
    for (const text of said()) expect(text).toContain("derivative of Sqrt,");
  });

  it.each([
    [
      "the argument is chosen",
      (x) => tf.sqrt(tf.where(tf.greater(x, 0), x, tf.onesLike(x))),
      [4, -1],
    ],
    ["the norm is 0", (x) => tf.norm(x), [0, 0]],
    ["a power is 0", (x) => tf.pow(x, 2), [0, 0]],
    ["a sum overflows that is none of its", (x) => tf.mul(x, 3e38), [0, 0]],
    ["the loss is not finite", (x) => tf.log(x), [1, 0]],
  ] as Array<[string, Function, number[]]>)("is not, and nothing is said: %s", (_, f, at) => {
    expect(warningsOf(f, at)).toEqual([[], []]);
  });

  it("the norm has the derivatives 0 at 0, as in PyTorch, and its own elsewhere", () => {
    const params = { x: tf.tensor1d([0, 0]), y: tf.tensor1d([3, 4]) };
    const v = { x: tf.tensor1d([1, 2]), y: tf.tensor1d([4, -3]) };
    const linearization = linearize(({ x, y }) => tf.add(tf.norm(x), tf.norm(y)), params);
    expect([...linearization.gradient.x.dataSync()]).toEqual([0, 0]);
    expect([...linearization.gradient.y.dataSync()][0]).toBeCloseTo(0.6, 6);
    const product = linearization.hvp(v);
    expect([...product.x.dataSync()]).toEqual([0, 0]);
    // (I − u·uᵀ)·v/‖y‖ with v orthogonal to y
    expect([...product.y.dataSync()][0]).toBeCloseTo(0.8, 6);
    linearization.dispose();
  });

  it("divNoNan has the derivatives 0 where the divisor is, as in TensorFlow, and its own elsewhere", () => {
    const params = { a: tf.tensor1d([0, 3, 6]), b: tf.tensor1d([0, 0, 2]) };
    const numbers = (part: tf.Tensor) => [...tf.add(part, 0).dataSync()]; // −0 + 0 is 0
    const v = { a: tf.onesLike(params.a), b: tf.onesLike(params.b) };
    const linearization = linearize(({ a, b }) => tf.sum(tf.divNoNan(a, b)), params);
    // 6/2: 1/b, −a/b²
    expect(numbers(linearization.gradient.a)).toEqual([0, 0, 0.5]);
    expect(numbers(linearization.gradient.b)).toEqual([0, 0, -1.5]);
    const product = linearization.hvp(v);
    // −1/b², and −1/b² + 2a/b³
    expect(numbers(product.a)).toEqual([0, 0, -0.25]);
    expect(numbers(product.b)).toEqual([0, 0, 1.25]);
    expect(said()).toEqual([]);
    linearization.dispose();
  });

  it("divNoNan of a tensor over one divisor for all, and inside a differentiation", () => {
    const params = { a: tf.tensor1d([1, 2]), b: tf.scalar(0), c: tf.scalar(2) };
    const { gradient: g, dispose } = linearize(({ a, b, c }) => {
      const slope = tf.grad((x) => tf.sum(tf.divNoNan(x, c)));
      return tf.add(tf.sum(tf.divNoNan(a, b)), tf.sum(slope(a)));
    }, params);
    expect([...g.a.dataSync()]).toEqual([0, 0]);
    expect(g.b.dataSync()[0]).toBe(0);
    expect(g.c.dataSync()[0]).toBe(-0.5); // d(2/c)/dc
    expect(said()).toEqual([]);
    dispose();
  });
});

describe("large tensors on wasm, which are looked at by means over rows", () => {
  beforeAll(() => useBackend("wasm"));
  afterAll(() => useBackend("cpu"));

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "%d is seen",
    (value) => {
      for (const [rows, columns] of [
        [3072, 10],
        [1, 20000],
        [20000, 1],
        [130, 513],
      ] as const) {
        const size = rows * columns;
        for (const at of [0, 7, size >> 1, size - 1]) {
          const values = new Float32Array(size).fill(0.5);
          const [finite, other] = [values, values.with(at, value)].map((v) =>
            tf.tensor2d(v, [rows, columns]),
          );
          expect([areFinite([finite!]), areFinite([other!])]).toEqual([true, false]);
          tf.dispose([finite, other]);
        }
      }
    },
  );
});
