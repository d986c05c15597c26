import * as tf from "@tensorflow/tfjs-core";
import { type RuleCheck, sample } from "../../src/testing/index.js";

const flags = [false, true].flatMap((a) => [false, true].map((b) => [a, b] as const));

/** Batch dimensions of the factors. */
const batches: Array<[number[], number[]]> = [
  [[], []],
  [[2], [2]],
  [[2], []],
  [[], [2]],
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 1], [3]],
  [[1], [1]],
];

function factor(batch: number[], rows: number, columns: number, turned: boolean, seed: number) {
  return sample([...batch, ...(turned ? [columns, rows] : [rows, columns])], { seed });
}

const matMuls: RuleCheck[] = batches.flatMap(([left, right]) =>
  flags.map(([transposeA, transposeB]) => ({
    name: `matMul, batches [${left}] and [${right}]${transposeA ? ", Aᵀ" : ""}${transposeB ? ", Bᵀ" : ""}`,
    f: ({ a, b }) => tf.matMul(a!, b!, transposeA, transposeB),
    inputs: {
      a: factor(left, 2, 3, transposeA, 1),
      b: factor(right, 3, 4, transposeB, 2),
    },
  })),
);

/** Large enough for products one by one. */
const largeMatMuls: RuleCheck[] = flags.map(([transposeA, transposeB]) => ({
  name: `matMul, large batches${transposeA ? ", Aᵀ" : ""}${transposeB ? ", Bᵀ" : ""}`,
  f: ({ a, b }) => tf.mul(tf.matMul(a!, b!, transposeA, transposeB), 1 / 16),
  inputs: {
    a: factor([2], 34, 40, transposeA, 1),
    b: factor([2], 40, 38, transposeB, 2),
  },
}));

const activations = ["linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu", "prelu"] as const;

const fused: RuleCheck[] = activations.map((activation) => ({
  name: `fused matMul, ${activation}`,
  f: ({ a, b, bias, alpha }) =>
    tf.fused.matMul({
      a: a!,
      b: b!,
      bias: bias!,
      activation,
      leakyreluAlpha: 0.25,
      ...(activation === "prelu" && { preluActivationWeights: alpha! }),
    }),
  inputs: {
    a: sample([3, 4], { seed: 1 }),
    b: sample([4, 2], { seed: 2 }),
    bias: sample([2], { seed: 3 }),
    alpha: sample([2], { seed: 4 }),
  },
}));

const equations: Array<[string, number[], number[]?]> = [
  ["ij,jk->ik", [2, 3], [3, 4]],
  ["ij,kj->ki", [2, 3], [4, 3]],
  ["bij,bjk->bik", [2, 3, 4], [2, 4, 2]],
  ["bhqd,bhkd->bhqk", [2, 2, 3, 2], [2, 2, 3, 2]],
  ["ij,ij->", [2, 3], [2, 3]],
  ["ij,ij->j", [2, 3], [2, 3]],
  ["i,j->ij", [3], [4]],
  ["ijk,j->ik", [2, 3, 4], [3]],
  ["ij->ji", [2, 3]],
  ["ijk->j", [2, 3, 4]],
];

const einsums: RuleCheck[] = equations.map(([equation, a, b]) => ({
  name: `einsum ${equation}`,
  f: ({ x, y }) => tf.einsum(equation, ...(y ? [x!, y] : [x!])),
  inputs: { x: sample(a, { seed: 1 }), ...(b && { y: sample(b, { seed: 2 }) }) },
}));

export const productCases: RuleCheck[] = [
  ...matMuls,
  ...largeMatMuls,
  ...fused,
  ...einsums,
  {
    name: "dot",
    f: ({ a, b }) => tf.dot(a!, b!),
    inputs: { a: sample([2, 3], { seed: 1 }), b: sample([3], { seed: 2 }) },
  },
  {
    name: "outerProduct",
    f: ({ a, b }) => tf.outerProduct(a as tf.Tensor1D, b as tf.Tensor1D),
    inputs: { a: sample([2], { seed: 1 }), b: sample([3], { seed: 2 }) },
  },
];
