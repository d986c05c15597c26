import {
  fisher,
  flatten,
  gaussNewton,
  gradient,
  hessian,
  jacobian,
  linearize,
  mse,
  ntk,
  type ParameterTree,
  unflatten,
} from "@eoss/hvp";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import "../backend.fixture.js";
import { expectNoLeak, relativeError } from "../expectations.fixture.js";

const numbers = (tree: ParameterTree) =>
  Object.fromEntries(
    (Object.entries(tree) as [string, tf.Tensor][]).map(([name, t]) => [name, [...t.dataSync()]]),
  );

/** L = Σ a⁴ + Σ b³ at a = [1, 2], b = [3, 4]. */
const loss = ({ a, b }: { a: tf.Tensor; b: tf.Tensor }) =>
  tf.add(tf.sum(tf.pow(a, 4)), tf.sum(tf.pow(b, 3)));
const point = () => ({ a: tf.tensor1d([1, 2]), b: tf.tensor1d([3, 4]) });
const v = { a: tf.tensor1d([1, 1]), b: tf.tensor1d([2, 3]) };
const turned = { b: v.b, a: v.a };

/** Every way in which a direction can fail to fit { a: [2], b: [2] }. */
const misfits: Array<[string, unknown, string]> = [
  ["a missing name", { a: v.a }, "no part for parameter b"],
  ["an unknown name", { a: v.a, b: v.b, c: v.a }, "no parameter c"],
  ["a name instead of another", { a: v.a, c: v.b }, "no part for parameter b"],
  ["a name of every object", { a: v.a, toString: v.b }, "no part for parameter b"],
  ["an array", [v.a, v.b], "a record"],
  ["nothing", undefined, "a record"],
  ["another shape", { a: v.a, b: tf.ones([3]) }, "parameter b has shape [2]"],
  ["a shape that broadcasts", { a: v.a, b: tf.scalar(1) }, "parameter b has shape [2]"],
  ["integers", { a: v.a, b: tf.tensor1d([2, 3], "int32") }, "int32"],
  ["booleans", { a: v.a, b: tf.tensor1d([true, false], "bool") }, "bool"],
  ["numbers", { a: v.a, b: [2, 3] }, "no tensor"],
  ["a disposed tensor", { a: v.a, b: disposed() }, "disposed"],
];

function disposed(): tf.Tensor {
  const t = tf.ones([2]);
  t.dispose();
  return t;
}

describe("directions", () => {
  it("go by name, in any order", () => {
    const params = point();
    const linearization = linearize(loss, params);
    const expected = { a: [12, 48], b: [36, 72] };
    expect(numbers(linearization.hvp(v))).toEqual(expected);
    expect(numbers(linearization.hvp(turned))).toEqual(expected);
    // 4·1 + 32 + 2·27 + 3·48
    expect(linearization.jvp(v).dataSync()[0]).toBe(234);
    expect(linearization.jvp(turned).dataSync()[0]).toBe(234);
    linearization.dispose();

    const j = jacobian(({ a, b }) => tf.mul(tf.square(a), b), params);
    const slope = [2 * 1 * 3 * 1 + 1 * 2, 2 * 2 * 4 * 1 + 4 * 3];
    expect([...j.jvp(v).dataSync()]).toEqual(slope);
    expect([...j.jvp(turned).dataSync()]).toEqual(slope);
    j.dispose();
  });

  it.each(misfits)("refuse %s", (_, direction, message) => {
    const params = point();
    const linearization = linearize(loss, params);
    const j = jacobian(({ a, b }) => tf.mul(a, b), params);
    j.jvp(params).dispose();
    expectNoLeak(() => {
      for (const product of [linearization.hvp, linearization.jvp, j.jvp]) {
        expect(() => product(direction as typeof params)).toThrow(message);
      }
      expect(() => flatten(direction as ParameterTree, new Float32Array(4), params)).toThrow(
        message,
      );
    });
    linearization.dispose();
    j.dispose();
  });

  it("go by index in an array, whose length is that of the parameters", () => {
    const params = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])] as const;
    const linearization = linearize(
      ([a, b]: readonly tf.Tensor[]) => loss({ a: a!, b: b! }),
      params,
    );
    expect(numbers(linearization.hvp([v.a, v.b]))).toEqual({ 0: [12, 48], 1: [36, 72] });
    for (const direction of [[v.a], [v.a, v.b, v.b], { 0: v.a, 1: v.b }]) {
      expect(() => linearization.hvp(direction as unknown as typeof params)).toThrow(
        /parameter|an array/,
      );
    }
    linearization.dispose();
  });

  it("and dual vectors are floating tensors of the outputs' shape", () => {
    const j = jacobian(({ a, b }) => tf.mul(a, b), point());
    for (const u of [tf.ones([3]), tf.scalar(1), tf.ones([2], "int32"), [1, 2], undefined]) {
      expect(() => j.vjp(u as tf.Tensor)).toThrow(/shape|int32|no tensor/);
    }
    j.dispose();
  });

  it("flat vectors keep the order of the parameters", () => {
    const params = point();
    expect([...flatten(turned, new Float32Array(4), params)]).toEqual([1, 1, 2, 3]);
    expect([...flatten(turned, new Float32Array(4))]).toEqual([2, 3, 1, 1]);
    expect(numbers(unflatten([1, 2, 3, 4], turned))).toEqual({ b: [1, 2], a: [3, 4] });
    for (const length of [3, 5]) {
      expect(() => flatten(turned, new Float32Array(length), params)).toThrow("have 4 entries");
      expect(() => unflatten(new Float32Array(length), params)).toThrow("have 4 entries");
    }
  });
});

describe("operators", () => {
  const x = tf.tensor2d([[1, 2, -1]]);
  const targets = tf.zeros([1, 2]);
  const params = {
    w: tf.tensor2d([
      [1, 0.5],
      [-0.5, 2],
      [0.25, 1],
    ]),
    b: tf.tensor1d([1, -1]),
  };
  const outputs = ({ w, b }: typeof params) => tf.tanh(tf.add(tf.matMul(x, w), b));
  const whole = { params, head: mse };
  const chunks = [{ outputs, targets, weight: 1 }];
  const halves = chunks.flatMap((chunk) => [
    { ...chunk, weight: 0.5 },
    { ...chunk, weight: 0.5 },
  ]);
  const lossChunk = { loss: (p: typeof params) => mse(outputs(p), targets), weight: 1 };

  it.each([
    { name: "hessian", operator: () => hessian({ params, chunks: [lossChunk] }) },
    { name: "gaussNewton", operator: () => gaussNewton({ ...whole, chunks }) },
    { name: "gaussNewton of two", operator: () => gaussNewton({ ...whole, chunks: halves }) },
    { name: "fisher", operator: () => fisher({ ...whole, chunks, kind: "empirical" }) },
    { name: "ntk", operator: () => ntk({ params, chunks }) },
  ])("$name takes vectors of its own length alone", ({ operator }) => {
    const { n, apply, dispose } = operator();
    apply(new Float64Array(n), new Float64Array(n));
    for (const length of [0, n - 1, n + 1]) {
      expect(() => apply(new Float64Array(length), new Float64Array(n))).toThrow(RangeError);
      expect(() => apply(new Float64Array(n), new Float64Array(length))).toThrow(RangeError);
    }
    dispose();
  });
});

describe("one tensor under two names", () => {
  const t = tf.tensor1d([1, 2]);

  it("is two parameters, each with what is computed from it", () => {
    const linearization = linearize(
      ({ a, b }) => tf.add(tf.sum(tf.pow(a, 3)), tf.sum(tf.mul(tf.square(b), 5))),
      { a: t, b: t },
    );
    expect(numbers(linearization.gradient)).toEqual({ a: [3, 12], b: [10, 20] });
    const direction = { a: tf.tensor1d([1, 1]), b: tf.tensor1d([1, 2]) };
    expect(numbers(linearization.hvp(direction))).toEqual({ a: [6, 12], b: [10, 20] });
    linearization.dispose();

    const j = jacobian(({ a, b }) => tf.mul(a, b), { a: t, b: t });
    expect([...j.jvp({ a: tf.ones([2]), b: tf.zeros([2]) }).dataSync()]).toEqual([1, 2]);
    j.dispose();
    expect(t.isDisposed).toBe(false);
  });

  it("of which one is constant", () => {
    const chunks = [
      { loss: ({ a, b }: { a: tf.Tensor; b: tf.Tensor }) => tf.sum(tf.mul(a, b)), weight: 1 },
    ];
    for (const name of ["a", "b"]) {
      const operator = hessian({ params: { a: t, b: t }, chunks, block: [name] });
      expect([...operator.gradient]).toEqual([1, 2]);
      operator.dispose();
    }
  });

  it("in layers that are reduced", () => {
    const x = tf.sin(tf.reshape(tf.range(0, 60), [2, 30])) as tf.Tensor2D;
    const w = tf.cos(tf.reshape(tf.range(0, 60), [30, 2])) as tf.Tensor2D;
    const chunks = [
      {
        loss: ({ a, b }: { a: tf.Tensor; b: tf.Tensor }) =>
          tf.sum(tf.square(tf.mul(tf.tanh(tf.matMul(x, a)), tf.matMul(x, b)))),
        weight: 1,
      },
    ];
    const [full, small] = [false, true].map((reduce) =>
      hessian({ params: { a: w, b: w }, chunks, reduce }),
    );
    expect(small!.n).toBeLessThan(full!.n);
    const lifted = small!.lift(small!.gradient);
    expect(relativeError(lifted, full!.gradient)).toBeLessThan(1e-5);
    const [hv, reduced] = [new Float32Array(full!.n), new Float32Array(small!.n)];
    full!.apply(lifted, hv);
    small!.apply(small!.gradient, reduced);
    expect(relativeError(small!.lift(reduced), hv)).toBeLessThan(1e-5);
    full!.dispose();
    small!.dispose();
  });
});

describe("a parameter that the function takes from outside", () => {
  const params = point();

  it.each([
    ["alone", () => tf.sum(tf.square(params.a))],
    ["beside its handle", ({ a }: typeof params) => tf.sum(tf.mul(a, params.a))],
    ["as the result", () => params.a],
    ["of another name", ({ a }: typeof params) => tf.sum(tf.mul(a, params.b))],
  ] as Array<[string, (p: typeof params) => tf.Tensor]>)("%s is refused", (_, body) => {
    expectNoLeak(() => {
      for (const record of [linearize, gradient, jacobian]) {
        expect(() => record(body, params)).toThrow(/the tensor of parameter [ab] is used/);
      }
    });
    expect(params.a.isDisposed).toBe(false);
  });

  it("counts as a constant where it is a copy", () => {
    const anchor = params.a.clone();
    const linearization = linearize(({ a }) => tf.sum(tf.square(tf.sub(a, anchor))), params);
    expect(numbers(linearization.gradient)).toEqual({ a: [0, 0], b: [0, 0] });
    expect(numbers(linearization.hvp(v))).toEqual({ a: [2, 2], b: [0, 0] });
    linearization.dispose();
  });

  it("leaves a tensor alone that is no parameter, and the result", () => {
    const outside = tf.scalar(1);
    expect(() => linearize(() => outside, params)).toThrow("does not depend");
    expect(outside.isDisposed).toBe(false);
  });
});
