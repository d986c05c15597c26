import { gather, reshape, slice, slice_util, type Tensor, tensor1d } from "@tensorflow/tfjs-core";
import type { Decomposition } from "../rule.js";

/** Entries begin, begin + stride, ... along each axis, as a slice and, for strides other than 1, a gather. */
export const stridedSliceDecomposition: Decomposition = {
  kernelName: "StridedSlice",
  decompose({ x }, attrs) {
    const { begin, end, strides } = attrs as Record<string, number[]>;
    const masks = attrs as Record<string, number>;
    const info = slice_util.sliceInfo(
      x!.shape,
      begin!,
      end!,
      strides!,
      masks.beginMask!,
      masks.endMask!,
      masks.ellipsisMask!,
      masks.newAxisMask!,
      masks.shrinkAxisMask!,
    );
    const counts = slice_util.computeOutShape(info.begin, info.end, info.strides);
    const box = slice(
      x!,
      info.begin.map((first, axis) => (info.strides[axis] === 1 ? first : 0)),
      counts.map((count, axis) => (info.strides[axis] === 1 ? count : x!.shape[axis]!)),
    );
    const picked = info.strides.reduce<Tensor>((rest, stride, axis) => {
      if (stride === 1) return rest;
      const indices = Array.from(
        { length: counts[axis]! },
        (_, i) => info.begin[axis]! + i * stride,
      );
      return gather(rest, tensor1d(indices, "int32"), axis);
    }, box);
    return reshape(picked, info.finalShape);
  },
};
