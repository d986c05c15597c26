import { getBackend, tensor } from "@tensorflow/tfjs-core";
import { stridesOf } from "../rules/stridedSlice.js";
import type { Lowering } from "./lowering.js";

/**
 * Every second entry and the like, on wasm: its kernel finds the place of each entry by divisions,
 * which takes ten times as long as reading the tensor. This is how pooling windows are laid side by
 * side.
 */
export const stridedSliceLowering: Lowering = {
  kernelName: "StridedSlice",
  execute({ x }, attrs) {
    if (getBackend() !== "wasm" || x!.dtype !== "float32" || x!.rank === 0) return undefined;
    const { begin, strides, counts, finalShape } = stridesOf(x!.shape, attrs);
    if (strides.every((stride) => stride === 1)) return undefined;
    const last = x!.rank - 1;
    // Rows along the last axis, by their numbers in x.
    let rows = [0];
    for (let axis = 0; axis < last; axis++) {
      const along = Array.from(
        { length: counts[axis]! },
        (_, i) => begin[axis]! + i * strides[axis]!,
      );
      rows = rows.flatMap((row) => along.map((place) => row * x!.shape[axis]! + place));
    }
    const from = x!.dataSync();
    const picked = new Float32Array(rows.length * counts[last]!);
    let filled = 0;
    for (const row of rows) {
      const first = row * x!.shape[last]! + begin[last]!;
      for (let i = 0; i < counts[last]!; i++) picked[filled++] = from[first + i * strides[last]!]!;
    }
    return tensor(picked, finalShape);
  },
};
