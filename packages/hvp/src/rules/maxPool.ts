import {
  add,
  type backend_util,
  fill,
  gather,
  greater,
  pad,
  reshape,
  stridedSlice,
  type Tensor,
  type Tensor1D,
  tensor,
  where,
} from "@tensorflow/tfjs-core";
import { constant } from "../constant.js";
import { poolingOf } from "../convolution.js";
import type { Decomposition } from "../rule.js";

/** Below every float32 that a network computes; padding with it never wins. */
const LOWEST = -3.4e38;

/**
 * Maximum pooling as a gather: y[o] = x[index of the largest entry of window o], the index being a
 * constant. Of several largest entries the first counts, as in PyTorch.
 *
 * x [b, h, w, c]
 */
export const maxPoolDecomposition: Decomposition = {
  kernelName: "MaxPool",
  decompose({ x }, attrs) {
    const info = poolingOf(x!.shape, attrs);
    const indices = constant(() => largestIndices(x!, info));
    return reshape(gather(reshape(x!, [x!.size]), indices), info.outShape);
  },
};

/** Flat positions in x, [b·oh·ow·c]: a running maximum over the entries of the window. */
function largestIndices(x: Tensor, info: backend_util.Conv2DInfo): Tensor1D {
  const { batchSize: b, inChannels: c, inHeight, inWidth, outHeight, outWidth, padInfo } = info;
  const reach = {
    height: (outHeight - 1) * info.strideHeight + info.filterHeight,
    width: (outWidth - 1) * info.strideWidth + info.filterWidth,
  };
  const padded = pad(
    x as never,
    [
      [0, 0],
      [padInfo.top, Math.max(0, reach.height - padInfo.top - inHeight)],
      [padInfo.left, Math.max(0, reach.width - padInfo.left - inWidth)],
      [0, 0],
    ],
    LOWEST,
  ) as Tensor;
  let largest: Tensor | undefined;
  let best: Tensor | undefined;
  for (let row = 0; row < info.filterHeight; row++) {
    for (let column = 0; column < info.filterWidth; column++) {
      const values = stridedSlice(
        padded,
        [0, row, column, 0],
        [
          b,
          row + reach.height - info.filterHeight + 1,
          column + reach.width - info.filterWidth + 1,
          c,
        ],
        [1, info.strideHeight, info.strideWidth, 1],
      );
      const shift = (row * inWidth + column) * c;
      if (largest === undefined || best === undefined) {
        largest = values;
        best = fill(values.shape, shift, "int32");
        continue;
      }
      const larger = greater(values, largest);
      largest = where(larger, values, largest);
      best = where(larger, fill(values.shape, shift, "int32"), best);
    }
  }
  return reshape(add(best!, windowOrigins(info)), [info.outShape.reduce((n, k) => n * k, 1)]);
}

/** Flat position of each window's first entry in x, [b, oh, ow, c]; negative inside the padding. */
function windowOrigins(info: backend_util.Conv2DInfo): Tensor {
  const { batchSize, inChannels, inHeight, inWidth, outHeight, outWidth, padInfo } = info;
  const along = (count: number, stride: number, before: number, step: number) =>
    Int32Array.from({ length: count }, (_, i) => (i * stride - before) * step);
  const axis = (values: Int32Array, index: number) =>
    tensor(values, [1, 1, 1, 1].with(index, values.length), "int32");
  const rows = along(outHeight, info.strideHeight, padInfo.top, inWidth * inChannels);
  const columns = along(outWidth, info.strideWidth, padInfo.left, inChannels);
  return [
    axis(along(batchSize, 1, 0, inHeight * inWidth * inChannels), 0),
    axis(rows, 1),
    axis(columns, 2),
    axis(along(inChannels, 1, 0, 1), 3),
  ].reduce((sum, part) => add(sum, part));
}
