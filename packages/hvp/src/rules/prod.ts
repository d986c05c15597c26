import { mul, ones, pad, reshape, slice, type Tensor, transpose } from "@tensorflow/tfjs-core";
import type { Decomposition } from "./rule.js";
import { reducedAxes } from "./shape.js";

/**
 * y = Π x over axes, as a tree of pairwise products: right to every order, zeros among the factors
 * included, where y/x would fail.
 */
export const prodDecomposition: Decomposition = {
  kernelName: "Prod",
  decompose({ x }, attrs) {
    const axes = reducedAxes(attrs.axis, x!.rank);
    const order = x!.shape.map((_, axis) => axis);
    const kept = order.filter((axis) => !axes.has(axis));
    const moved = transpose(x!, [...kept, ...axes]);
    const keptShape = kept.map((axis) => x!.shape[axis]!);
    const rows = keptShape.reduce((product, size) => product * size, 1);
    const shape = attrs.keepDims
      ? x!.shape.map((size, axis) => (axes.has(axis) ? 1 : size))
      : keptShape;
    return reshape(rowProducts(reshape(moved, [rows, x!.size / rows])), shape);
  },
};

/** [n, k] to [n, 1]. */
function rowProducts(x: Tensor): Tensor {
  const [rows, count] = x.shape as [number, number];
  if (count <= 1) return count === 1 ? x : ones([rows, 1]);
  const half = Math.ceil(count / 2);
  const left = slice(x, [0, 0], [rows, half]);
  const right = slice(x, [0, half], [rows, count - half]);
  const even =
    count === 2 * half
      ? right
      : pad(
          right,
          [
            [0, 0],
            [0, 1],
          ],
          1,
        );
  return rowProducts(mul(left, even));
}
