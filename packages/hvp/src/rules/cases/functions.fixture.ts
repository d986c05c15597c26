import * as tf from "@tensorflow/tfjs-core";
import { type RuleCheck, sample, values } from "../../testing/index.js";

type Unary = (x: tf.Tensor) => tf.Tensor;

const any = sample([2, 5], { low: -2, high: 2 });
const inner = sample([2, 5], { low: -0.8, high: 0.8 });
const aboveOne = sample([2, 5], { low: 1.5, high: 3 });

const unary: Array<[string, Unary, typeof any]> = [
  ["asin", tf.asin, inner],
  ["acos", tf.acos, inner],
  ["atan", tf.atan, any],
  ["asinh", tf.asinh, any],
  ["acosh", tf.acosh, aboveOne],
  ["atanh", tf.atanh, inner],
  ["sinh", tf.sinh, any],
  ["cosh", tf.cosh, any],
  ["tan", tf.tan, inner],
];

/** Shapes that broadcast in every direction. */
const pairs: Array<[number[], number[]]> = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [
    [2, 1, 3],
    [4, 1],
  ],
  [[], [2, 2]],
];

/** Tops of the plateaus of mod: no multiple of b is near a. */
const modulus: RuleCheck[] = [
  {
    name: "mod",
    f: ({ a, b }) => tf.mod(a!, b!),
    inputs: {
      a: values([5], [3.5, -3.5, 0.4375, -7.3125, 10.25]),
      b: values([5], [2, 2, 1.5, -2, 3]),
    },
  },
  {
    name: "mod, broadcasting",
    f: ({ a, b }) => tf.mod(a!, b!),
    inputs: { a: values([2, 1], [3.5, -3.5]), b: values([3], [2, 1.25, -2]) },
  },
];

export const functionCases: RuleCheck[] = [
  ...unary.map(([name, f, x]) => ({
    name,
    f: (inputs: Record<string, tf.Tensor>) => f(inputs.x!),
    inputs: { x },
  })),
  ...pairs.map(([a, b]) => ({
    name: `atan2, [${a}] with [${b}]`,
    f: (inputs: Record<string, tf.Tensor>) => tf.atan2(inputs.a!, inputs.b!),
    inputs: {
      a: sample(a, { low: 0.5, high: 2, seed: 1 }),
      b: sample(b, { low: -2, high: 2, seed: 2 }),
    },
  })),
  ...modulus,
];
