import { getBackend, matMul, ones, reshape } from "@tensorflow/tfjs-core";
import { reducedAxes } from "../rules/shape.js";
import type { Lowering } from "./lowering.js";

/**
 * Sums over all leading axes as a product with a row of ones, on wasm: its kernel moves the summed
 * axes last first, which takes 20–40 times as long. The gradient of every bias is such a sum.
 */
export const sumLowering: Lowering = {
  kernelName: "Sum",
  execute({ x }, { axis, keepDims }) {
    if (getBackend() !== "wasm" || x!.dtype !== "float32") return undefined;
    const axes = reducedAxes(axis, x!.rank);
    const leading = axes.size;
    if (leading === 0 || leading === x!.rank || Math.max(...axes) !== leading - 1) return undefined;
    const kept = x!.shape.slice(leading);
    const columns = kept.reduce((product, size) => product * size, 1);
    const rows = x!.size / columns;
    if (x!.size === 0) return undefined;
    const total = matMul(ones([1, rows]), reshape(x!, [rows, columns]));
    return reshape(total, keepDims ? [...x!.shape.slice(0, leading).fill(1), ...kept] : kept);
  },
};
