import * as tf from "@tensorflow/tfjs-core";
import { type Jet, kink, unary } from "./jets.fixture.js";

/** A function of one variable: as tfjs has it, and in jets. `inside` first maps into its domain. */
interface Function1 {
  readonly tf: (x: tf.Tensor) => tf.Tensor;
  readonly plain: (x: Jet) => Jet;
}

type Derivatives = readonly [number, number, number];

const sigma = (v: number) => 1 / (1 + Math.exp(-v));

/** Piecewise functions: `at` are the kinks. */
const piecewise = (at: readonly number[], f: (v: number) => Derivatives) => (v: number) => {
  for (const k of at) kink(v - k);
  return f(v);
};

/** x² + 1/2, for functions of positive numbers. */
const positive = {
  tf: (x: tf.Tensor) => tf.add(tf.square(x), 0.5),
  plain: (x: Jet) => unary(x, (v) => [v * v + 0.5, 2 * v, 2]),
};

const smooth: Record<string, [(x: tf.Tensor) => tf.Tensor, (v: number) => Derivatives]> = {
  Neg: [tf.neg, (v) => [-v, -1, 0]],
  Square: [tf.square, (v) => [v * v, 2 * v, 2]],
  Sin: [tf.sin, (v) => [Math.sin(v), Math.cos(v), -Math.sin(v)]],
  Cos: [tf.cos, (v) => [Math.cos(v), -Math.sin(v), -Math.cos(v)]],
  Tanh: [
    tf.tanh,
    (v) => {
      const t = Math.tanh(v);
      return [t, 1 - t * t, -2 * t * (1 - t * t)];
    },
  ],
  Sigmoid: [
    tf.sigmoid,
    (v) => {
      const s = sigma(v);
      return [s, s * (1 - s), s * (1 - s) * (1 - 2 * s)];
    },
  ],
  Softplus: [tf.softplus, (v) => [Math.log1p(Math.exp(v)), sigma(v), sigma(v) * (1 - sigma(v))]],
  Expm1: [tf.expm1, (v) => [Math.expm1(v), Math.exp(v), Math.exp(v)]],
  Atan: [tf.atan, (v) => [Math.atan(v), 1 / (1 + v * v), (-2 * v) / (1 + v * v) ** 2]],
  Asinh: [tf.asinh, (v) => [Math.asinh(v), (1 + v * v) ** -0.5, -v * (1 + v * v) ** -1.5]],
  Sinh: [tf.sinh, (v) => [Math.sinh(v), Math.cosh(v), Math.sinh(v)]],
  Cosh: [tf.cosh, (v) => [Math.cosh(v), Math.sinh(v), Math.cosh(v)]],
  Exp: [tf.exp, (v) => [Math.exp(v), Math.exp(v), Math.exp(v)]],
  Relu: [tf.relu, piecewise([0], (v) => (v > 0 ? [v, 1, 0] : [0, 0, 0]))],
  Relu6: [tf.relu6, piecewise([0, 6], (v) => (v > 0 && v < 6 ? [v, 1, 0] : [v > 0 ? 6 : 0, 0, 0]))],
  LeakyRelu: [
    (x) => tf.leakyRelu(x, 0.25),
    piecewise([0], (v) => (v > 0 ? [v, 1, 0] : [v / 4, 1 / 4, 0])),
  ],
  Elu: [
    tf.elu,
    piecewise([0], (v) => (v > 0 ? [v, 1, 0] : [Math.expm1(v), Math.exp(v), Math.exp(v)])),
  ],
  Selu: [
    tf.selu,
    piecewise([0], (v) => {
      const [alpha, scale] = [1.6732632423543772, 1.0507009873554805];
      const e = scale * alpha * Math.exp(v);
      return v > 0 ? [scale * v, scale, 0] : [scale * alpha * Math.expm1(v), e, e];
    }),
  ],
  Abs: [tf.abs, piecewise([0], (v) => [Math.abs(v), Math.sign(v), 0])],
  ClipByValue: [
    (x) => tf.clipByValue(x, -0.75, 1),
    piecewise([-0.75, 1], (v) => (v > -0.75 && v < 1 ? [v, 1, 0] : [v < 0 ? -0.75 : 1, 0, 0])),
  ],
  "Pow with 3": [(x) => tf.pow(x, 3), (v) => [v ** 3, 3 * v * v, 6 * v]],
};

const ofPositive: typeof smooth = {
  Sqrt: [tf.sqrt, (v) => [Math.sqrt(v), 0.5 / Math.sqrt(v), -0.25 * v ** -1.5]],
  Rsqrt: [tf.rsqrt, (v) => [v ** -0.5, -0.5 * v ** -1.5, 0.75 * v ** -2.5]],
  Log: [tf.log, (v) => [Math.log(v), 1 / v, -1 / v ** 2]],
  Log1p: [tf.log1p, (v) => [Math.log1p(v), 1 / (1 + v), -1 / (1 + v) ** 2]],
  Reciprocal: [tf.reciprocal, (v) => [1 / v, -1 / v ** 2, 2 / v ** 3]],
  "Pow with 1.5": [
    (x) => tf.pow(x, 1.5),
    (v) => [v ** 1.5, 1.5 * Math.sqrt(v), 0.75 / Math.sqrt(v)],
  ],
};

export const functions: Record<string, Function1> = {
  ...Object.fromEntries(
    Object.entries(smooth).map(([name, [f, derivatives]]) => [
      name,
      { tf: f, plain: (x: Jet) => unary(x, derivatives) },
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(ofPositive).map(([name, [f, derivatives]]) => [
      name,
      {
        tf: (x: tf.Tensor) => f(positive.tf(x)),
        plain: (x: Jet) => unary(positive.plain(x), derivatives),
      },
    ]),
  ),
};
