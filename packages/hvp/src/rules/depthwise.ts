import {
  add,
  mul,
  pad,
  reshape,
  slice,
  stridedSlice,
  type Tensor,
  transpose,
} from "@tensorflow/tfjs-core";
import { type ConvolutionAttributes, geometryOf } from "../convolution.js";
import type { Decomposition } from "../rule.js";

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
  decompose({ x, filter }, attributes) {
    if (attributes.dataFormat === "NCHW") return channelsFirst(x!, filter!, attributes);
    const g = geometryOf(
      x!.shape,
      filter!.shape,
      attributes as never as ConvolutionAttributes,
      true,
    );
    const [b, h, w, c] = x!.shape as [number, number, number, number];
    const [kernelHeight, kernelWidth, , multiplier] = filter!.shape as [
      number,
      number,
      number,
      number,
    ];
    const [oh, ow] = g.output;
    const reach = (axis: 0 | 1) =>
      (g.kernel[axis] - 1) * g.dilation[axis] + (g.output[axis] - 1) * g.stride[axis] + 1;
    const padded = pad(x!, [
      [0, 0],
      [g.padBefore[0], Math.max(0, reach(0) - g.padBefore[0] - h)],
      [g.padBefore[1], Math.max(0, reach(1) - g.padBefore[1] - w)],
      [0, 0],
    ]);
    let total: Tensor | undefined;
    for (let row = 0; row < kernelHeight; row++) {
      for (let column = 0; column < kernelWidth; column++) {
        const begin = [0, row * g.dilation[0], column * g.dilation[1], 0];
        const end = [
          b,
          begin[1]! + (oh - 1) * g.stride[0] + 1,
          begin[2]! + (ow - 1) * g.stride[1] + 1,
          c,
        ];
        const shifted = stridedSlice(padded, begin, end, [1, g.stride[0], g.stride[1], 1]);
        const weights = reshape(slice(filter!, [row, column, 0, 0], [1, 1, c, multiplier]), [
          1,
          c,
          multiplier,
        ]);
        const term = mul(reshape(shifted, [b * oh * ow, c, 1]), weights);
        total = total ? add(total, term) : term;
      }
    }
    return reshape(total!, [b, oh, ow, c * multiplier]);
  },
};

function channelsFirst(
  x: Tensor,
  filter: Tensor,
  attrs: Readonly<Record<string, unknown>>,
): Tensor {
  const last = depthwiseDecomposition.decompose(
    { x: transpose(x, [0, 2, 3, 1]), filter },
    { ...attrs, dataFormat: "NHWC" },
  ) as Tensor;
  return transpose(last, [0, 3, 1, 2]);
}
