import * as tf from "@tensorflow/tfjs-core";
import { type RuleCheck, sample, values } from "../../testing/index.js";

type Unary = (x: tf.Tensor) => tf.Tensor;

/** Away from 0, both signs: for functions with a kink there. */
const bothSigns = values([2, 5], [-1.5, 0.75, -0.5, 1.25, -2, 0.5, 2.5, -0.75, 1, -1.25]);
const positive = sample([2, 5], { low: 0.5, high: 3 });
const any = sample([2, 5], { low: -2, high: 2 });

const unary: Array<[string, Unary, typeof any]> = [
  ["neg", tf.neg, any],
  ["square", tf.square, any],
  ["sqrt", tf.sqrt, positive],
  ["rsqrt", tf.rsqrt, positive],
  ["reciprocal", tf.reciprocal, bothSigns],
  ["exp", tf.exp, any],
  ["expm1", tf.expm1, any],
  ["log", tf.log, positive],
  ["log1p", tf.log1p, positive],
  ["tanh", tf.tanh, any],
  ["sigmoid", tf.sigmoid, any],
  ["logSigmoid", tf.logSigmoid, any],
  ["softplus", tf.softplus, any],
  ["erf", tf.erf, any],
  ["sin", tf.sin, any],
  ["cos", tf.cos, any],
  ["abs", tf.abs, bothSigns],
  ["relu", tf.relu, bothSigns],
  ["relu6", (x) => tf.relu6(tf.mul(x, 4)), bothSigns],
  ["leakyRelu", (x) => tf.leakyRelu(x, 0.25), bothSigns],
  ["elu", tf.elu, bothSigns],
  ["selu", tf.selu, bothSigns],
  ["silu", (x) => tf.mul(x, tf.sigmoid(x)), any],
  ["gelu", (x) => tf.mul(x, tf.mul(0.5, tf.add(1, tf.erf(tf.div(x, Math.SQRT2))))), any],
  ["gelu, tanh form", (x) => geluTanh(x), any],
  ["clip", (x) => tf.clipByValue(x, -0.875, 1.125), bothSigns],
  ["cast", (x) => tf.mul(x, tf.cast(tf.greater(x, 0), "float32")), bothSigns],
  ["clone", (x) => tf.mul(tf.clone(x), x), any],
  ["step as a constant", (x) => tf.mul(tf.step(x, 0.25), tf.square(x)), bothSigns],
  ["dropout with a fixed mask", (x) => tf.square(tf.mul(x, mask([2, 5]))), any],
];

function geluTanh(x: tf.Tensor): tf.Tensor {
  const inner = tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.pow(x, 3))));
  return tf.mul(tf.mul(0.5, x), tf.add(1, tf.tanh(inner)));
}

function mask(shape: number[]): tf.Tensor {
  return tf.tensor([2, 0, 0, 2, 2, 0, 2, 2, 0, 2], shape);
}

type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const binary: Array<[string, Binary]> = [
  ["add", tf.add],
  ["sub", tf.sub],
  ["mul", tf.mul],
  ["div", tf.div],
  ["squaredDifference", tf.squaredDifference],
  ["maximum", tf.maximum],
  ["minimum", tf.minimum],
];

/** Shapes that broadcast in every direction. */
const pairs: Array<[number[], number[]]> = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [[3], [2, 3]],
  [
    [2, 1, 3],
    [4, 1],
  ],
  [[], [2, 2]],
];

export const elementwiseCases: RuleCheck[] = [
  ...unary.map(([name, f, x]) => ({
    name,
    f: (inputs: Record<string, tf.Tensor>) => f(inputs.x!),
    inputs: { x },
  })),
  ...binary.flatMap(([name, f]) =>
    pairs.map(([a, b]) => ({
      name: `${name}, [${a}] with [${b}]`,
      f: (inputs: Record<string, tf.Tensor>) => f(inputs.a!, inputs.b!),
      inputs: {
        a: sample(a, { low: 0.5, high: 2, seed: 1 }),
        b: sample(b, { low: 0.75, high: 1.75, seed: 2 }),
      },
    })),
  ),
  {
    name: "prelu",
    f: ({ x, alpha }) => tf.prelu(x!, alpha!),
    inputs: { x: bothSigns, alpha: sample([5], { seed: 1 }) },
  },
  {
    name: "pow, base and exponent",
    f: ({ a, b }) => tf.pow(a!, b!),
    inputs: {
      a: sample([2, 3], { low: 0.5, high: 2 }),
      b: sample([3], { low: -1, high: 3, seed: 2 }),
    },
  },
  {
    name: "pow, whole exponents of either sign and base of either sign",
    f: ({ a }) => tf.pow(a!, tf.tensor([2, 3, -1, 1, 0])),
    inputs: { a: bothSigns },
  },
  {
    name: "pow, whole exponents at base zero",
    f: ({ a }) => tf.pow(a!, tf.tensor([0, 1, 2, 3])),
    inputs: { a: values([4], [0, 0, 0, 0]) },
  },
  {
    name: "where, broadcasting",
    f: ({ a, b }) => tf.where(tf.tensor([[true], [false]], [2, 1], "bool"), tf.square(a!), b!),
    inputs: { a: sample([2, 3]), b: sample([3], { seed: 3 }) },
  },
  {
    name: "where, an infinite value that is not chosen",
    f: ({ a }) => tf.where(tf.greater(a!, 0), tf.log(tf.where(tf.greater(a!, 0), a!, 1)), 0),
    inputs: { a: bothSigns },
  },
  {
    name: "addN",
    f: ({ a, b }) => tf.addN([tf.square(a!), b!, tf.mul(a!, b!)]),
    inputs: { a: sample([2, 3]), b: sample([2, 3], { seed: 5 }) },
  },
];
