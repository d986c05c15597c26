import {
  broadcastTo,
  gather,
  gatherND,
  greater,
  ones,
  reshape,
  scatterND,
  type Tensor,
  tensor1d,
  where,
} from "@tensorflow/tfjs-core";
import type { Decomposition, GradientRule } from "./rule.js";

/** y[i] = x[index_i] by indices of several axes, and its transpose: each is the other's adjoint. */
export const gatherNdRule: GradientRule = {
  kernelName: "GatherNd",
  saveInputs: ["indices"],
  gradient: ({ dy, input, shapeOf }) => ({
    params: () => scatterND(input("indices"), dy, shapeOf("params")),
  }),
};

/** y[s] = Σ updates[i] over the i with index s. */
export const scatterNdRule: GradientRule = {
  kernelName: "ScatterNd",
  saveInputs: ["indices"],
  gradient: ({ dy, input }) => ({ updates: () => gatherND(dy, input("indices")) }),
};

/** A tensor with some of its entries replaced. (tfjs' kernel on the cpu backend changes its input.) */
export const tensorScatterUpdateDecomposition: Decomposition = {
  kernelName: "TensorScatterUpdate",
  decompose: ({ tensor, indices, updates }) => replaced(tensor!, indices!, updates!),
};

/** A tensor of default values with some entries replaced. */
export const sparseToDenseDecomposition: Decomposition = {
  kernelName: "SparseToDense",
  decompose({ sparseIndices, sparseValues, defaultValue }, attrs) {
    const rows = sparseIndices!.rank === 0 ? 1 : sparseIndices!.shape[0]!;
    const depth = sparseIndices!.rank < 2 ? 1 : sparseIndices!.shape[1]!;
    const indices = reshape(sparseIndices!, [rows, depth]);
    const values = broadcastTo(sparseValues!, [rows]);
    return replaced(broadcastTo(defaultValue!, attrs.outputShape as number[]), indices, values);
  },
};

/** Of several updates of one entry the last counts. */
function replaced(x: Tensor, indices: Tensor, updates: Tensor): Tensor {
  const depth = indices.shape.at(-1)!;
  const count = indices.shape.slice(0, -1).reduce((product, size) => product * size, 1);
  const numbers = indices.dataSync();
  const last = new Map<string, number>();
  for (let i = 0; i < count; i++) last.set(numbers.slice(i * depth, (i + 1) * depth).join(), i);
  const chosen = tensor1d([...last.values()], "int32");
  const entry = x.shape.slice(depth);
  const places = gather(reshape(indices, [count, depth]), chosen);
  const values = scatterND(places, gather(reshape(updates, [count, ...entry]), chosen), x.shape);
  const touched = scatterND(places, ones([last.size, ...entry]), x.shape);
  return where(greater(touched, 0), values, x);
}
