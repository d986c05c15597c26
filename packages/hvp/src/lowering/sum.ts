import {
  avgPool,
  getBackend,
  mul,
  reshape,
  type Tensor,
  type Tensor4D,
} from "@tensorflow/tfjs-core";
import { reducedAxes } from "../rules/shape.js";
import type { Lowering } from "./lowering.js";

/**
 * Sums over all leading axes as average pooling times the number of rows, on wasm: its sum moves the
 * summed axes last first, which takes ten times as long. The gradient of every bias is such a sum.
 */
export const sumLowering: Lowering = {
  kernelName: "Sum",
  execute({ x }, { axis, keepDims }) {
    if (getBackend() !== "wasm" || x!.dtype !== "float32" || x!.size === 0) return undefined;
    const axes = reducedAxes(axis, x!.rank);
    const leading = axes.size;
    if (leading === 0 || leading === x!.rank || Math.max(...axes) !== leading - 1) return undefined;
    const kept = x!.shape.slice(leading);
    const columns = kept.reduce((product, size) => product * size, 1);
    const rows = x!.size / columns;
    // In two stages, the positions of an image and then the batch: shorter sums round less.
    const outer = leading > 1 ? x!.shape[0]! : 1;
    const inner = sumOfRows(x!, outer, rows / outer, columns);
    const total = outer > 1 ? sumOfRows(inner, 1, outer, columns) : inner;
    return reshape(total, keepDims ? [...new Array(leading).fill(1), ...kept] : kept);
  },
};

/** [outer, rows, columns] to [outer, columns]. */
function sumOfRows(x: Tensor, outer: number, rows: number, columns: number): Tensor {
  const image = reshape(x, [outer, rows, 1, columns]) as Tensor4D;
  return mul(avgPool(image, [rows, 1], 1, "valid"), rows);
}
