import * as tf from "@tensorflow/tfjs-core";
import { type RuleCheck, sample } from "../../testing/index.js";

const x = sample([2, 3, 4], { low: -2, high: 2 });
const matrix = sample([3, 5], { low: -2, high: 2, seed: 1 });

type Reduction = (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor;

const reductions: Array<[string, Reduction]> = [
  ["sum", tf.sum],
  ["mean", tf.mean],
  ["max", tf.max],
  ["min", tf.min],
  ["prod", (t, axis, keepDims) => tf.prod(tf.add(t, 0.25), axis, keepDims)],
  ["logSumExp", tf.logSumExp],
];

const forms: Array<{ axis?: number | number[]; keepDims?: boolean }> = [
  {},
  { axis: 0 },
  { axis: 1 },
  { axis: -1 },
  { axis: [0, 1] },
  { axis: [0, 2] },
  { axis: [1, 2] },
  { keepDims: true },
  { axis: -1, keepDims: true },
  { axis: [0, 2], keepDims: true },
];

export const reductionCases: RuleCheck[] = [
  ...reductions.flatMap(([name, f]) =>
    forms.map(({ axis, keepDims = false }) => ({
      name: `${name} over ${axis === undefined ? "all" : `[${axis}]`}${keepDims ? ", axes kept" : ""}`,
      f: (inputs: Record<string, tf.Tensor>) => f(inputs.x!, axis, keepDims),
      inputs: { x },
    })),
  ),
  { name: "softmax", f: ({ x }) => tf.softmax(x!), inputs: { x: matrix } },
  { name: "logSoftmax", f: ({ x }) => tf.logSoftmax(x!), inputs: { x: matrix } },
  {
    name: "softmax under a causal mask of −1e9",
    f: ({ x }) => tf.softmax(tf.add(x!, causal())),
    inputs: { x: sample([2, 3, 3], { low: -2, high: 2 }) },
  },
  {
    name: "softmaxCrossEntropy of tfjs",
    f: ({ x }) => tf.losses.softmaxCrossEntropy(targets(), x!),
    inputs: { x: matrix },
  },
  { name: "moments", f: ({ x }) => spread(x!), inputs: { x: matrix } },
  {
    name: "norm",
    f: ({ x }) => tf.norm(x!, "euclidean", 1),
    inputs: { x: sample([3, 4], { low: 0.5, high: 2 }) },
  },
  ...[false, true].flatMap((exclusive) =>
    [false, true].map((reverse) => ({
      name: `cumsum${exclusive ? ", exclusive" : ""}${reverse ? ", reversed" : ""}`,
      f: (inputs: Record<string, tf.Tensor>) => tf.cumsum(inputs.x!, 1, exclusive, reverse),
      inputs: { x },
    })),
  ),
  {
    name: "layer norm",
    f: ({ x, gamma, beta }) => {
      const { mean, variance } = tf.moments(x!, -1, true);
      const normal = tf.mul(tf.sub(x!, mean), tf.rsqrt(tf.add(variance, 1e-5)));
      return tf.add(tf.mul(normal, gamma!), beta!);
    },
    inputs: { x: matrix, gamma: sample([5], { seed: 2 }), beta: sample([5], { seed: 3 }) },
  },
  {
    name: "batch norm, statistics of the batch",
    f: ({ x, gamma, beta }) => {
      const { mean, variance } = tf.moments(x!, [0, 1, 2]);
      return tf.batchNorm(
        x!,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        beta as tf.Tensor1D,
        gamma as tf.Tensor1D,
        1e-3,
      );
    },
    inputs: {
      x: sample([2, 2, 3, 2], { low: -2, high: 2 }),
      gamma: sample([2], { seed: 2 }),
      beta: sample([2], { seed: 3 }),
    },
  },
  {
    name: "batch norm, given statistics, without scale and offset",
    f: ({ x, mean, variance }) => tf.batchNorm(x!, mean as tf.Tensor1D, variance as tf.Tensor1D),
    inputs: {
      x: sample([3, 2]),
      mean: sample([2], { seed: 2 }),
      variance: sample([2], { low: 0.5, high: 2, seed: 3 }),
    },
  },
];

const causal = () =>
  tf.tensor2d([
    [0, -1e9, -1e9],
    [0, 0, -1e9],
    [0, 0, 0],
  ]);

const targets = () => tf.tensor2d([0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0.25, 0, 0.5, 0, 0.25], [3, 5]);

function spread(x: tf.Tensor): tf.Tensor {
  const { mean, variance } = tf.moments(x, 1);
  return tf.div(mean, tf.sqrt(variance));
}
