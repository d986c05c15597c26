import { matMul, reshape, type Tensor, tensor2d } from "@tensorflow/tfjs-core";
import { poolingOf } from "../convolution.js";
import type { Decomposition } from "../rule.js";

/**
 * Average pooling as two products with band matrices, one along each axis: y = A_h·x·A_wᵀ, with
 * A[o, i] = 1/(entries in window o) for i in window o. Entries outside the image do not count, as in
 * tfjs. (Its own gradient divides by the whole window there, which is wrong at padded borders.)
 *
 * x [b, h, w, c]
 */
export const avgPoolDecomposition: Decomposition = {
  kernelName: "AvgPool",
  decompose({ x }, attrs) {
    const [b, h, w, c] = x!.shape as [number, number, number, number];
    const info = poolingOf(x!.shape, attrs);
    const { outHeight, outWidth, padInfo } = info;
    const rows = averages(h, outHeight, info.filterHeight, info.strideHeight, padInfo.top);
    const columns = averages(w, outWidth, info.filterWidth, info.strideWidth, padInfo.left);
    const shorter = matMul(rows, reshape(x!, [b, h, w * c]));
    const narrower = matMul(columns, reshape(shorter, [b * outHeight, w, c]));
    return reshape(narrower, [b, outHeight, outWidth, c]);
  },
};

/** [outputs, inputs]. */
function averages(
  inputs: number,
  outputs: number,
  window: number,
  stride: number,
  padBefore: number,
): Tensor {
  const rows = Array.from({ length: outputs }, (_, output) => {
    const first = output * stride - padBefore;
    const inside = Array.from({ length: inputs }, (_, i) => i >= first && i < first + window);
    const count = inside.filter(Boolean).length;
    return inside.map((is) => (is ? 1 / count : 0));
  });
  return tensor2d(rows, [outputs, inputs]);
}
