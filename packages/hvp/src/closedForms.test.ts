import { disposeTree, linearize } from "@eoss/hvp";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { backends, useBackend } from "./backends.fixture.js";

/** f, f′ and f″ of a function of one variable, in float64. */
interface ClosedForm {
  readonly name: string;
  readonly f: (x: tf.Tensor) => tf.Tensor;
  readonly first: (x: number) => number;
  readonly second: (x: number) => number;
  readonly at: readonly number[];
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const wide = [-20, -3, -1, -0.25, 0, 0.25, 1, 3, 20];
const moderate = [-2, -1, -0.25, 0, 0.25, 1, 2];
const positive = [0.125, 0.5, 1, 2, 50];
const kinked = [-3, -0.5, 0.5, 3];

const forms: ClosedForm[] = [
  { name: "exp", f: tf.exp, first: Math.exp, second: Math.exp, at: moderate },
  { name: "expm1", f: tf.expm1, first: Math.exp, second: Math.exp, at: moderate },
  { name: "log", f: tf.log, first: (x) => 1 / x, second: (x) => -1 / x ** 2, at: positive },
  {
    name: "log1p",
    f: tf.log1p,
    first: (x) => 1 / (1 + x),
    second: (x) => -1 / (1 + x) ** 2,
    at: positive,
  },
  {
    name: "sqrt",
    f: tf.sqrt,
    first: (x) => 0.5 / Math.sqrt(x),
    second: (x) => -0.25 * x ** -1.5,
    at: positive,
  },
  {
    name: "rsqrt",
    f: tf.rsqrt,
    first: (x) => -0.5 * x ** -1.5,
    second: (x) => 0.75 * x ** -2.5,
    at: positive,
  },
  {
    name: "reciprocal",
    f: tf.reciprocal,
    first: (x) => -1 / x ** 2,
    second: (x) => 2 / x ** 3,
    at: kinked,
  },
  {
    name: "tanh",
    f: tf.tanh,
    first: (x) => 1 / Math.cosh(x) ** 2,
    second: (x) => (-2 * Math.tanh(x)) / Math.cosh(x) ** 2,
    at: moderate,
  },
  {
    name: "sigmoid",
    f: tf.sigmoid,
    first: (x) => sigmoid(x) * sigmoid(-x),
    second: (x) => sigmoid(x) * sigmoid(-x) * (1 - 2 * sigmoid(x)),
    at: moderate,
  },
  {
    name: "softplus",
    f: tf.softplus,
    first: sigmoid,
    second: (x) => sigmoid(x) * sigmoid(-x),
    at: wide,
  },
  { name: "sin", f: tf.sin, first: Math.cos, second: (x) => -Math.sin(x), at: moderate },
  {
    name: "cos",
    f: tf.cos,
    first: (x) => -Math.sin(x),
    second: (x) => -Math.cos(x),
    at: moderate,
  },
  {
    name: "erf",
    f: tf.erf,
    first: (x) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x),
    second: (x) => ((-4 * x) / Math.sqrt(Math.PI)) * Math.exp(-x * x),
    at: moderate,
  },
  { name: "relu", f: tf.relu, first: (x) => (x > 0 ? 1 : 0), second: () => 0, at: kinked },
  { name: "relu at 0", f: tf.relu, first: () => 0, second: () => 0, at: [0] },
  {
    name: "elu",
    f: tf.elu,
    first: (x) => (x > 0 ? 1 : Math.exp(x)),
    second: (x) => (x > 0 ? 0 : Math.exp(x)),
    at: [-3, -0.5, 0.5, 3, 200],
  },
  {
    name: "selu",
    f: tf.selu,
    first: (x) => 1.0507009873554805 * (x > 0 ? 1 : 1.6732632423543772 * Math.exp(x)),
    second: (x) => 1.0507009873554805 * (x > 0 ? 0 : 1.6732632423543772 * Math.exp(x)),
    at: [-3, -0.5, 0.5, 3, 200],
  },
  {
    name: "silu",
    f: (x) => tf.mul(x, tf.sigmoid(x)),
    first: (x) => sigmoid(x) * (1 + x * sigmoid(-x)),
    second: (x) => sigmoid(x) * sigmoid(-x) * (2 + x * (1 - 2 * sigmoid(x))),
    at: moderate,
  },
  {
    name: "gelu",
    f: (x) => tf.mul(x, tf.mul(0.5, tf.add(1, tf.erf(tf.div(x, Math.SQRT2))))),
    first: (x) => normalCdf(x) + x * normalDensity(x),
    second: (x) => normalDensity(x) * (2 - x * x),
    at: [0, 0.25, 0.5],
  },
  { name: "square", f: tf.square, first: (x) => 2 * x, second: () => 2, at: wide },
  {
    name: "pow 3",
    f: (x) => tf.pow(x, 3),
    first: (x) => 3 * x ** 2,
    second: (x) => 6 * x,
    at: moderate,
  },
  {
    name: "pow 2.5",
    f: (x) => tf.pow(x, 2.5),
    first: (x) => 2.5 * x ** 1.5,
    second: (x) => 3.75 * Math.sqrt(x),
    at: positive,
  },
  {
    name: "exponent of 3",
    f: (x) => tf.pow(3, x),
    first: (x) => 3 ** x * Math.log(3),
    second: (x) => 3 ** x * Math.log(3) ** 2,
    at: moderate,
  },
];

function normalDensity(x: number): number {
  return Math.exp(-(x ** 2) / 2) / Math.sqrt(2 * Math.PI);
}

/** By its power series: exact for the small x used here. */
function normalCdf(x: number): number {
  let term = x;
  let total = x;
  for (let k = 1; k < 40; k++) {
    term *= (-(x * x) / 2 / k) * 1;
    total += term / (2 * k + 1);
  }
  return 0.5 + total / Math.sqrt(2 * Math.PI);
}

describe.each(backends)("closed forms on %s", (backend) => {
  beforeAll(() => useBackend(backend));

  // The Hessian of Σ c_i f(x_i) is diagonal: (Hv)_i = c_i f″(x_i) v_i.
  it.each(forms)("$name", ({ f, first, second, at }) => {
    const c = at.map((_, i) => 1 + (i % 3) / 2);
    const v = at.map((_, i) => 1 - (i % 4) / 2);
    const params = { x: tf.tensor1d([...at]) };
    const direction = { x: tf.tensor1d(v) };
    const weights = tf.tensor1d(c);
    const linearization = linearize(({ x }) => tf.sum(tf.mul(f(x), weights)), params);
    const product = linearization.hvp(direction);
    const gradient = linearization.gradient.x.dataSync();
    const curvature = product.x.dataSync();
    for (const [i, x] of at.entries()) {
      expect(relative(gradient[i]!, c[i]! * first(x))).toBeLessThan(FLOAT32);
      expect(relative(curvature[i]!, c[i]! * second(x) * v[i]!)).toBeLessThan(FLOAT32);
    }
    disposeTree(product);
    linearization.dispose();
    tf.dispose([params, direction, weights]);
  });
});

/** Entry by entry: some tens of units in the last place of float32. */
const FLOAT32 = 4e-6;

/** Error relative to the value, absolute below 1/10: the curvature of a flat piece is 0. */
const relative = (actual: number, expected: number) =>
  Math.abs(actual - expected) / Math.max(Math.abs(expected), 0.1);
