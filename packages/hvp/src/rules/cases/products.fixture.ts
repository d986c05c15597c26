import * as tf from "@tensorflow/tfjs-core";
import { type RuleCheck, sample } from "../../testing/index.js";

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
  [[1], [1]],
  [[2, 3], [3]],
  [
    [1, 3],
    [2, 3],
  ],
];

function factor(batch: number[], rows: number, columns: number, turned: boolean, seed: number) {
  return sample([...batch, ...(turned ? [columns, rows] : [rows, columns])], { seed });
}

/** A batch [3] or [1, 3] as [2, 3], where it is one. */
function whole(t: tf.Tensor): tf.Tensor {
  const batch = t.shape.slice(0, -2);
  if (batch.at(-1) !== 3 || batch.length > 2 || batch[0] === 2) return t;
  const [rows, columns] = t.shape.slice(-2) as [number, number];
  return tf.tile(tf.reshape(t, [1, 3, rows, columns]), [2, 1, 1, 1]);
}

const matMuls: RuleCheck[] = batches.flatMap(([left, right]) =>
  flags.map(([transposeA, transposeB]) => ({
    name: `matMul, batches [${left}] and [${right}]${transposeA ? ", Aᵀ" : ""}${transposeB ? ", Bᵀ" : ""}`,
    f: ({ a, b }) => tf.matMul(a!, b!, transposeA, transposeB),
    // Batches that repeat: tfjs 4.0 multiplies them wrongly outside of a recording.
    reference: ({ a, b }) => tf.matMul(whole(a!), whole(b!), transposeA, transposeB),
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

type Equation = [
  equation: string,
  a: number[],
  b: number[] | undefined,
  /** The same in other ops: wasm has no einsum. */
  reference: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
];

/** Σ over `axes` of the elementwise product of tensors with axes of size one added. */
const summed = (a: tf.Tensor, toA: number[], b: tf.Tensor, toB: number[], axes: number[]) =>
  tf.sum(tf.mul(tf.reshape(a, toA), tf.reshape(b, toB)), axes);

const equations: Equation[] = [
  ["ij,jk->ik", [2, 3], [3, 4], (a, b) => summed(a, [2, 3, 1], b, [1, 3, 4], [1])],
  ["ij,kj->ki", [2, 3], [4, 3], (a, b) => summed(b, [4, 1, 3], a, [1, 2, 3], [2])],
  ["bij,bjk->bik", [2, 3, 4], [2, 4, 2], (a, b) => summed(a, [2, 3, 4, 1], b, [2, 1, 4, 2], [2])],
  ["bqd,bkd->bqk", [2, 3, 2], [2, 4, 2], (a, b) => summed(a, [2, 3, 1, 2], b, [2, 1, 4, 2], [3])],
  ["ij,ij->", [2, 3], [2, 3], (a, b) => summed(a, [2, 3], b, [2, 3], [0, 1])],
  ["ij,ij->j", [2, 3], [2, 3], (a, b) => summed(a, [2, 3], b, [2, 3], [0])],
  ["i,j->ij", [3], [4], (a, b) => summed(a, [3, 1, 1], b, [1, 4, 1], [2])],
  ["ijk,j->ik", [2, 3, 4], [3], (a, b) => summed(a, [2, 3, 4], b, [1, 3, 1], [1])],
  ["ij->ji", [2, 3], undefined, (a) => tf.transpose(a)],
  ["ijk->j", [2, 3, 4], undefined, (a) => tf.sum(a, [0, 2])],
];

const einsums: RuleCheck[] = equations.map(([equation, a, b, reference]) => ({
  name: `einsum ${equation}`,
  f: ({ x, y }) => tf.einsum(equation, ...(y ? [x!, y] : [x!])),
  reference: ({ x, y }) => reference(x!, y!),
  inputs: { x: sample(a, { seed: 1 }), ...(b && { y: sample(b, { seed: 2 }) }) },
}));

/** The kernel takes no more than two tensors: these run while they are recorded alone. */
const triples: RuleCheck[] = [
  {
    name: "einsum ij,jk,kl->il",
    f: ({ x, y, z }) => tf.einsum("ij,jk,kl->il", x!, y!, z!),
    reference: ({ x, y, z }) => tf.matMul(tf.matMul(x!, y!), z!),
    inputs: {
      x: sample([2, 3], { seed: 1 }),
      y: sample([3, 4], { seed: 2 }),
      z: sample([4, 2], { seed: 3 }),
    },
  },
  {
    name: "einsum bi,bj,ijk->bk",
    f: ({ x, y, z }) => tf.einsum("bi,bj,ijk->bk", x!, y!, z!),
    reference: ({ x, y, z }) =>
      tf.sum(
        tf.mul(
          tf.mul(tf.reshape(x!, [2, 3, 1, 1]), tf.reshape(y!, [2, 1, 2, 1])),
          tf.reshape(z!, [1, 3, 2, 4]),
        ),
        [1, 2],
      ),
    inputs: {
      x: sample([2, 3], { seed: 1 }),
      y: sample([2, 2], { seed: 2 }),
      z: sample([3, 2, 4], { seed: 3 }),
    },
  },
  {
    name: "einsum i,i,i->",
    f: ({ x, y, z }) => tf.einsum("i,i,i->", x!, y!, z!),
    reference: ({ x, y, z }) => tf.sum(tf.mul(tf.mul(x!, y!), z!)),
    inputs: {
      x: sample([4], { seed: 1 }),
      y: sample([4], { seed: 2 }),
      z: sample([4], { seed: 3 }),
    },
  },
];

export const productCases: RuleCheck[] = [
  ...triples,
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
