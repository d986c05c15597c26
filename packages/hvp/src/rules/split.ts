import { reshape, slice, type Tensor } from "@tensorflow/tfjs-core";
import type { Decomposition } from "./rule.js";

/** The parts of x along an axis, each a slice. */
export const splitDecomposition: Decomposition = {
  kernelName: "SplitV",
  decompose({ x }, attrs) {
    const axis = fromStart(attrs.axis as number, x!.rank);
    return cut(x!, axis, partSizes(attrs.numOrSizeSplits as number | number[], x!.shape[axis]!));
  },
};

/** The entries of x along an axis, which disappears. */
export const unpackDecomposition: Decomposition = {
  kernelName: "Unpack",
  decompose({ value }, attrs) {
    const axis = fromStart(attrs.axis as number, value!.rank);
    const shape = value!.shape.filter((_, index) => index !== axis);
    const entries = cut(value!, axis, new Array(value!.shape[axis]!).fill(1));
    return entries.map((entry) => reshape(entry, shape));
  },
};

function cut(x: Tensor, axis: number, sizes: readonly number[]): Tensor[] {
  let offset = 0;
  return sizes.map((width) => {
    const begin = x.shape.map((_, index) => (index === axis ? offset : 0));
    offset += width;
    return slice(
      x,
      begin,
      x.shape.map((full, index) => (index === axis ? width : full)),
    );
  });
}

/** Sizes as tf.split takes them: a number of equal parts, or a list in which one −1 takes the rest. */
function partSizes(parts: number | readonly number[], total: number): number[] {
  if (typeof parts === "number") return new Array(parts).fill(total / parts);
  const known = parts.reduce((sum, size) => sum + Math.max(size, 0), 0);
  return parts.map((size) => (size === -1 ? total - known : size));
}

const fromStart = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis);
