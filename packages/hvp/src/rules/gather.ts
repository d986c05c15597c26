import {
  add,
  gather,
  range,
  reshape,
  type Tensor,
  type Tensor1D,
  transpose,
  unsortedSegmentSum,
} from "@tensorflow/tfjs-core";
import type { Decomposition, GradientRule } from "./rule.js";

/**
 * y[k] = x[index_k] along the first axis (an embedding), and its transpose, the sum of all that
 * belongs to one index. Each is the other's adjoint.
 */
export const gatherRule: GradientRule = {
  kernelName: "GatherV2",
  saveInputs: ["indices"],
  gradient: ({ dy, input, shapeOf }) => ({
    x: () => {
      const [count, ...entry] = shapeOf("x");
      const indices = input("indices");
      const rows = reshape(dy, [indices.size, ...entry]);
      return unsortedSegmentSum(rows, reshape(indices, [indices.size]) as Tensor1D, count!);
    },
  }),
};

/** y[s] = Σ x[i] over the i with segment s. */
export const segmentSumRule: GradientRule = {
  kernelName: "UnsortedSegmentSum",
  saveInputs: ["segmentIds"],
  gradient: ({ dy, input }) => ({ x: () => gather(dy, input("segmentIds") as Tensor1D) }),
};

/** A gather along another axis, or with batch dimensions, as one along the first axis. */
export const gatherDecomposition: Decomposition = {
  kernelName: "GatherV2",
  decompose({ x, indices }, attrs) {
    const batchDims = (attrs.batchDims as number | undefined) ?? 0;
    const rank = x!.rank;
    const axis = ((attrs.axis as number) + rank) % rank;
    if (batchDims === 0 && axis === 0) return undefined;
    if (batchDims === 0) return alongAxis(x!, indices!, axis);
    // Batches become one axis; the entries of batch k are numbered from k·n.
    const batch = x!.shape.slice(0, batchDims);
    const batches = batch.reduce((product, size) => product * size, 1);
    const axes = [...x!.shape.keys()].filter((a) => a !== axis);
    const moved = transpose(x!, [...axes.slice(0, batchDims), axis, ...axes.slice(batchDims)]);
    const [n, ...entry] = moved.shape.slice(batchDims);
    const perBatch = indices!.shape.slice(batchDims);
    const numbers = reshape(indices!, [batches, indices!.size / batches]);
    const offsets = reshape(range(0, batches * n!, n!, "int32"), [batches, 1]);
    const rows = gather(
      reshape(moved, [batches * n!, ...entry]),
      add(numbers, offsets) as Tensor1D,
    );
    // [batch..., indices..., outer axes, inner axes] to [batch..., outer, indices..., inner].
    const result = reshape(rows, [...batch, ...perBatch, ...entry]);
    return moveAxes(result, batchDims, perBatch.length, axis - batchDims);
  },
};

function alongAxis(x: Tensor, indices: Tensor, axis: number): Tensor {
  const axes = [...x.shape.keys()];
  const first = transpose(x, [axis, ...axes.filter((a) => a !== axis)]);
  return moveAxes(gather(first, indices as Tensor1D), 0, indices.rank, axis);
}

/** Moves the `count` axes that begin at `from` behind the `over` axes that follow them. */
function moveAxes(x: Tensor, from: number, count: number, over: number): Tensor {
  const axes = [...x.shape.keys()];
  const moved = axes.splice(from, count);
  axes.splice(from + over, 0, ...moved);
  return transpose(x, axes);
}
