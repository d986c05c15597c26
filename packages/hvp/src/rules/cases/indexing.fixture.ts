import * as tf from "@tensorflow/tfjs-core";
import { type RuleCheck, sample, values } from "../../testing/index.js";

const int = (entries: number[], shape: number[]) => tf.tensor(entries, shape, "int32");
const cube = sample([2, 3, 4]);

const gathers: RuleCheck[] = (
  [
    ["single entries", [0, 1, 2, 1, 2, 3, 0, 1, 2], [3, 3]],
    ["rows, one of them twice", [1, 0, 0, 2, 1, 0], [3, 2]],
    ["planes, in two dimensions", [1, 0, 1, 1], [2, 2, 1]],
  ] as Array<[string, number[], number[]]>
).map(([name, entries, shape]) => ({
  name: `gatherND, ${name}`,
  f: ({ x }) => tf.gatherND(x!, int(entries, shape)),
  inputs: { x: cube },
}));

const scatters: RuleCheck[] = [
  {
    name: "scatterND, repeated entries add up",
    f: ({ x }) => tf.scatterND(int([4, 1, 4, 0], [4, 1]), x!, [6]),
    inputs: { x: sample([4]) },
  },
  {
    name: "scatterND, rows",
    f: ({ x }) => tf.scatterND(int([1, 0, 0, 2], [2, 2]), x!, [2, 3, 4]),
    inputs: { x: sample([2, 4]) },
  },
  {
    name: "tensorScatterUpdate, entries",
    f: ({ x, y }) => tf.tensorScatterUpdate(tf.add(x!, 0), int([0, 1, 1, 2], [2, 2]), y!),
    inputs: { x: sample([2, 3]), y: sample([2], { seed: 1 }) },
  },
  {
    name: "tensorScatterUpdate, rows",
    f: ({ x, y }) => tf.tensorScatterUpdate(tf.add(x!, 0), int([2, 0], [2, 1]), y!),
    inputs: { x: sample([3, 4]), y: sample([2, 4], { seed: 1 }) },
  },
  {
    name: "tensorScatterUpdate, one entry twice",
    f: ({ x, y }) => tf.tensorScatterUpdate(tf.add(x!, 0), int([1, 3, 1], [3, 1]), y!),
    inputs: { x: sample([4]), y: sample([3], { seed: 1 }) },
  },
  {
    name: "sparseToDense",
    f: ({ x, y }) => tf.sparseToDense(int([0, 1, 1, 2], [2, 2]), x!, [2, 3], y as tf.Scalar),
    inputs: { x: sample([2]), y: sample([]) },
  },
  {
    name: "sparseToDense, a vector of one value",
    f: ({ x, y }) => tf.sparseToDense(int([1, 3], [2]), x as tf.Scalar, [5], y as tf.Scalar),
    inputs: { x: sample([]), y: sample([], { seed: 3 }) },
  },
];

/** Sorted apart. */
const distinct = values([2, 5], [0.5, -1, 2, 1.25, -0.5, 3, 2.5, -2, 0.25, 1]);

const choices: RuleCheck[] = [
  { name: "topk", f: ({ x }) => tf.topk(x!, 3).values, inputs: { x: distinct } },
  { name: "topk of a vector", f: ({ x }) => tf.topk(x!, 2).values, inputs: { x: sample([6]) } },
  { name: "topk, all", f: ({ x }) => tf.topk(x!, 5, false).values, inputs: { x: distinct } },
  {
    name: "unique",
    f: ({ x }) => tf.unique(tf.concat([x!, x!])).values,
    reference: ({ x }) => tf.clone(x!),
    inputs: { x: values([4], [3, 1, 2, -1]) },
  },
  {
    name: "unique rows",
    f: ({ x }) => tf.unique(tf.gather(x!, int([0, 1, 0], [3])), 0).values,
    reference: ({ x }) => tf.clone(x!),
    inputs: { x: sample([2, 3]) },
  },
  {
    name: "maxPoolWithArgmax",
    f: ({ x }) => tf.maxPoolWithArgmax(x as tf.Tensor4D, 2, 2, "valid").result!,
    reference: ({ x }) => tf.maxPool(x as tf.Tensor4D, 2, 2, "valid"),
    inputs: { x: sample([1, 4, 4, 2], { low: -9, high: 9 }) },
  },
];

const withZeros = values([2, 4], [1.5, 0, -0.75, 2, 0.5, 0, 0, 1.25]);

const cumulations: RuleCheck[] = (
  [
    [0, false, false],
    [1, false, false],
    [-1, true, false],
    [1, false, true],
    [1, true, true],
  ] as Array<[number, boolean, boolean]>
).map(([axis, exclusive, reverse]) => ({
  name: `cumprod, axis ${axis}${exclusive ? ", exclusive" : ""}${reverse ? ", reverse" : ""}`,
  f: ({ x }) => tf.cumprod(x!, axis, exclusive, reverse),
  // The kernel itself does not take a negative axis, and on wasm writes outside of its memory.
  reference: ({ x }) => tf.cumprod(x!, (axis + 2) % 2, exclusive, reverse),
  inputs: { x: withZeros },
}));

const blocks: RuleCheck[] = [
  { name: "diag", f: ({ x }) => tf.diag(x!), inputs: { x: sample([2, 3]) } },
  {
    name: "depthToSpace",
    f: ({ x }) => tf.depthToSpace(x as tf.Tensor4D, 2),
    inputs: { x: sample([2, 2, 3, 8]) },
  },
  {
    name: "spaceToBatchND",
    f: ({ x }) =>
      tf.spaceToBatchND(
        x!,
        [2, 3],
        [
          [1, 0],
          [0, 1],
        ],
      ),
    inputs: { x: sample([2, 3, 5, 2]) },
  },
  {
    name: "batchToSpaceND",
    f: ({ x }) =>
      tf.batchToSpaceND(
        x!,
        [2, 2],
        [
          [0, 1],
          [1, 0],
        ],
      ),
    inputs: { x: sample([8, 2, 3, 2]) },
  },
  {
    name: "dilated pool, by way of batches",
    f: ({ x }) => tf.pool(x as tf.Tensor4D, [2, 2], "avg", "valid", [2, 2], 1),
    inputs: { x: sample([1, 5, 5, 2]) },
  },
  {
    name: "flipLeftRight",
    f: ({ x }) => tf.image.flipLeftRight(x as tf.Tensor4D),
    inputs: { x: sample([2, 2, 3, 2]) },
  },
  {
    name: "a triangle of a matrix",
    f: ({ x }) => tf.linalg.bandPart(x!, 1, 0),
    inputs: { x: sample([4, 4]) },
  },
];

/** Kernels that the ops of tfjs do without, called by their names. */
const unnamed: RuleCheck[] = [
  {
    name: "the kernel of logSoftmax",
    f: ({ x }) => tf.engine().runKernel("LogSoftmax", { logits: x! }) as tf.Tensor,
    reference: ({ x }) => tf.log(tf.softmax(x!)),
    inputs: { x: sample([2, 4]) },
  },
  {
    name: "the kernel of broadcastTo",
    f: ({ x }) =>
      tf.engine().runKernel("BroadcastTo", { x: x! }, { shape: [2, 3, 4] }) as tf.Tensor,
    reference: ({ x }) => tf.tile(x!, [2, 1, 4]),
    inputs: { x: sample([1, 3, 1]) },
  },
];

export const indexingCases: RuleCheck[] = [
  ...gathers,
  ...scatters,
  ...choices,
  ...cumulations,
  ...blocks,
  ...unnamed,
];
