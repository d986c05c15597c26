import { gather, reshape, slice, slice_util, type Tensor, tensor1d } from "@tensorflow/tfjs-core";
import type { Decomposition } from "./rule.js";

/** Entries begin, begin + stride, ... along each axis, as a slice and, for strides other than 1, a gather. */
export const stridedSliceDecomposition: Decomposition = {
  kernelName: "StridedSlice",
  decompose({ x }, attrs) {
    const { begin, strides, counts, finalShape } = stridesOf(x!.shape, attrs);
    const box = slice(
      x!,
      begin.map((first, axis) => (strides[axis] === 1 ? first : 0)),
      counts.map((count, axis) => (strides[axis] === 1 ? count : x!.shape[axis]!)),
    );
    const picked = strides.reduce<Tensor>((rest, stride, axis) => {
      if (stride === 1) return rest;
      const indices = Array.from({ length: counts[axis]! }, (_, i) => begin[axis]! + i * stride);
      return gather(rest, tensor1d(indices, "int32"), axis);
    }, box);
    return reshape(picked, finalShape);
  },
};

/** Begin, stride and number of entries along each axis of x, and the shape of the result. */
export function stridesOf(shape: number[], attrs: Readonly<Record<string, unknown>>) {
  const { begin, end, strides } = attrs as Record<string, number[]>;
  const masks = attrs as Record<string, number>;
  const info = slice_util.sliceInfo(
    shape,
    begin!,
    end!,
    strides!,
    masks.beginMask!,
    masks.endMask!,
    masks.ellipsisMask!,
    masks.newAxisMask!,
    masks.shrinkAxisMask!,
  );
  return { ...info, counts: slice_util.computeOutShape(info.begin, info.end, info.strides) };
}
