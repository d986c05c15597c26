import {
  avgPool,
  getBackend,
  matMul,
  mul,
  ones,
  reshape,
  type Tensor,
  type Tensor4D,
  tensor,
} from "@tensorflow/tfjs-core";
import { reducedAxes } from "../rules/shape.js";
import { addsHere, FEW_TERMS, SOME_TERMS, sumOver } from "./doubles.js";
import type { Lowering } from "./lowering.js";

/**
 * Sums over axes that round as little as sums in float64 do: within 1e-6 of Σ|x|.
 *
 * The kernel of wasm adds float32 numbers one after another, and so does that of TensorFlow over
 * leading axes: a million similar terms come out wrong in the second digit. Sums over leading axes,
 * of which the gradient of every bias is one, are taken by quicker kernels in short parts.
 */
export const sumLowering: Lowering = {
  kernelName: "Sum",
  execute: ({ x }, { axis, keepDims }) => summed(x!, axis, keepDims, 1),
};

/** Means, as sums divided by the number of terms. */
export const meanLowering: Lowering = {
  kernelName: "Mean",
  execute({ x }, { axis, keepDims }) {
    const axes = reducedAxes(axis, x!.rank);
    const count = x!.shape.reduce((n, size, index) => (axes.has(index) ? n * size : n), 1);
    return summed(x!, axis, keepDims, count);
  },
};

/** Σ x/divisor; undefined where the kernel of the backend does it as well. */
function summed(x: Tensor, axis: unknown, keepDims: unknown, divisor: number): Tensor | undefined {
  if (!addsHere(x)) return undefined;
  const axes = reducedAxes(axis, x.rank);
  const kept = x.shape.filter((_, index) => !axes.has(index));
  const columns = kept.reduce((product, size) => product * size, 1);
  const shape = keepDims ? x.shape.map((size, index) => (axes.has(index) ? 1 : size)) : kept;
  if (axes.size === 0) return undefined;
  const leading = kept.length > 0 && Math.max(...axes) === axes.size - 1;
  const total = leading ? rowsTogether(x, axes.size, columns) : undefined;
  if (total) return reshape(divisor === 1 ? total : mul(total, 1 / divisor), shape);
  // Few terms that are next to one another; and these backends add in float64, or in a tree.
  if (x.size / columns <= FEW_TERMS || getBackend() === "cpu") return undefined;
  if (getBackend() === "tensorflow" && kept.every((size, index) => size === x.shape[index])) {
    return undefined;
  }
  const sums = sumOver(x.dataSync(), x.shape, axes);
  return tensor(
    Float32Array.from(sums, (sum) => sum / divisor),
    shape,
  );
}

/** Σ over the leading axes by a quick kernel; undefined where there is none. */
function rowsTogether(x: Tensor, leading: number, columns: number): Tensor | undefined {
  const sizes = x.shape.slice(0, leading);
  switch (getBackend()) {
    case "wasm": {
      // Stage by stage, the columns of an image before its rows and these before the batch.
      if (sizes.some((size) => size > SOME_TERMS)) return undefined;
      return sizes.reduceRight((sum, rows) => {
        if (rows === 1) return sum;
        const image = reshape(sum, [sum.size / columns / rows, rows, 1, columns]) as Tensor4D;
        return mul(avgPool(image, [rows, 1], 1, "valid"), rows);
      }, x);
    }
    case "tensorflow": {
      const rows = x.size / columns;
      if (rows <= FEW_TERMS) return undefined;
      return matMul(ones([1, rows]), reshape(x, [rows, columns]));
    }
    default:
      return undefined;
  }
}
