import { add, mul, reshape, slice, type Tensor, transpose } from "@tensorflow/tfjs-core";
import { geometryOf, metBy, paddingAfter, padOrCrop } from "./convolution.js";
import type { Attributes, Decomposition } from "./rule.js";

/**
 * Depthwise convolution as a sum over the entries of the kernel, each a shifted image times one
 * row of weights:
 *
 *     y[b, i, j, c, m] = Σ_k x[b, i·s + k·d − p, ..., c]·w[k, c, m]
 *
 * x [b, h, w, c], filter [kh, kw, c, m], y [b, oh, ow, c·m]
 */
export const depthwiseDecomposition: Decomposition = {
  kernelName: "DepthwiseConv2dNative",
  decompose({ x, filter }, attrs) {
    if (attrs.dataFormat === "NCHW") return channelsFirst(x!, filter!, attrs);
    const g = geometryOf(x!.shape, filter!.shape, attrs, true);
    const [b, , , c] = x!.shape as Shape4D;
    const [rows, columns, , multiplier] = filter!.shape as Shape4D;
    const [oh, ow] = g.output;
    const padded = padOrCrop(x!, g.padBefore, paddingAfter(g));
    let total: Tensor | undefined;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const met = metBy(padded, g, row, column);
        const weights = slice(filter!, [row, column, 0, 0], [1, 1, c, multiplier]);
        const term = mul(reshape(met, [b * oh * ow, c, 1]), reshape(weights, [1, c, multiplier]));
        total = total ? add(total, term) : term;
      }
    }
    return reshape(total!, [b, oh, ow, c * multiplier]);
  },
};

type Shape4D = [number, number, number, number];

function channelsFirst(x: Tensor, filter: Tensor, attrs: Attributes): Tensor {
  const last = depthwiseDecomposition.decompose(
    { x: transpose(x, [0, 2, 3, 1]), filter },
    { ...attrs, dataFormat: "NHWC" },
  ) as Tensor;
  return transpose(last, [0, 3, 1, 2]);
}
