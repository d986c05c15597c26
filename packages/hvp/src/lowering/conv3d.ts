/** Convolutions of volumes by other kernels. */

import {
  backend_util,
  conv3d,
  getBackend,
  pad,
  reverse,
  slice,
  type Tensor,
  type Tensor5D,
  transpose,
} from "@tensorflow/tfjs-core";
import { spreadAxis } from "../rules/convolution.js";
import type { Attributes } from "../rules/rule.js";
import type { Lowering } from "./lowering.js";

/*
 * The two adjoints of a convolution over three axes as such convolutions themselves: wasm's kernels for
 * them (tfjs 4.22) are wrong where strides are not 1, convInput elsewhere too.
 */

/** dx[h] = Σ_k dy[(h + p − k)/s]·w[k]: dy, spread by the stride, with w turned around. */
export const conv3dInputLowering: Lowering = {
  kernelName: "Conv3DBackpropInputV2",
  execute({ dy, filter }, attrs) {
    if (getBackend() !== "wasm") return undefined;
    const size = attrs.inputShape as number[];
    const { stride, padBefore } = geometry(size, filter!.shape, attrs);
    const read = AXES.reduce((x, axis) => {
      const spread = spreadAxis(x, axis, stride[axis - 1]!);
      const before = filter!.shape[axis - 1]! - 1 - padBefore[axis - 1]!;
      return fitted(spread, axis, before, size[axis]! + filter!.shape[axis - 1]! - 1);
    }, dy!);
    const turned = transpose(reverse(filter!, [0, 1, 2]), [0, 1, 2, 4, 3]);
    return conv3d(read as Tensor5D, turned as Tensor5D, 1, "valid");
  },
};

/** dw[k] = Σ_o x[o·s + k − p]·dy[o]: x with channels for batch, dy, spread by the stride, as kernel. */
export const conv3dFilterLowering: Lowering = {
  kernelName: "Conv3DBackpropFilterV2",
  execute({ x, dy }, attrs) {
    if (getBackend() !== "wasm") return undefined;
    const kernel = attrs.filterShape as number[];
    const { stride, padBefore } = geometry(x!.shape, kernel, attrs);
    const spread = AXES.reduce((t, axis) => spreadAxis(t, axis, stride[axis - 1]!), dy!);
    const read = AXES.reduce(
      (t, axis) =>
        fitted(t, axis, padBefore[axis - 1]!, spread.shape[axis]! + kernel[axis - 1]! - 1),
      x!,
    );
    const channelsAsBatch = transpose(read, [4, 1, 2, 3, 0]);
    const outputsAsKernel = transpose(spread, [1, 2, 3, 0, 4]);
    const result = conv3d(channelsAsBatch as Tensor5D, outputsAsKernel as Tensor5D, 1, "valid");
    return transpose(result, [1, 2, 3, 0, 4]);
  },
};

/** Depth, height and width. */
const AXES = [1, 2, 3];

type Shape5D = [number, number, number, number, number];

function geometry(x: number[], filter: number[], { strides, pad }: Attributes) {
  const info = backend_util.computeConv3DInfo(
    x as Shape5D,
    filter as Shape5D,
    strides as number,
    1,
    pad as "same",
  );
  return {
    stride: [info.strideDepth, info.strideHeight, info.strideWidth],
    padBefore: [info.padInfo.front, info.padInfo.top, info.padInfo.left],
  };
}

/** Brings an axis to a size, with so many zeros before; a negative number takes entries away. */
function fitted(x: Tensor, axis: number, before: number, size: number): Tensor {
  const first = Math.max(0, -before);
  const added = Math.max(0, before);
  const kept = Math.min(x.shape[axis]! - first, size - added);
  const along = (at: number, other: (k: number) => number) =>
    x.shape.map((_, k) => (k === axis ? at : other(k)));
  const part = slice(
    x,
    along(first, () => 0),
    along(kept, (k) => x.shape[k]!),
  );
  return pad(
    part,
    x.shape.map((_, k): [number, number] => (k === axis ? [added, size - added - kept] : [0, 0])),
  );
}
