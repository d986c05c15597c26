import { backend_util, reshape, type Tensor } from "@tensorflow/tfjs-core";
import { callKernel, spreadAxis } from "./convolution.js";
import { convolutionRules } from "./convolutionRules.js";
import type { Attributes, Decomposition } from "./rule.js";

/** tfjs' kernels, without dilations; x [b, d, h, w, i], filter [kd, kh, kw, i, o]. */
export const [conv3dRule, conv3dInputRule, conv3dFilterRule] = convolutionRules(
  ["Conv3D", "Conv3DBackpropInputV2", "Conv3DBackpropFilterV2"],
  { dilations: 1, dataFormat: "NDHWC" },
);

/** With dilations, as a convolution by the kernel with zeros between its entries. */
export const dilatedConv3dDecomposition: Decomposition = {
  kernelName: "Conv3D",
  decompose({ x, filter }, attrs) {
    const dilations = threefold(attrs.dilations);
    if (dilations.every((d) => d === 1)) return undefined;
    const spread = dilations.reduce((f, by, axis) => spreadAxis(f, axis, by), filter!);
    return callKernel("Conv3D", { x: x!, filter: spread }, { ...attrs, dilations: 1 });
  },
};

type Triple = [number, number, number];

const threefold = (n: unknown): Triple =>
  typeof n === "object"
    ? (n as Triple)
    : [(n as number) ?? 1, (n as number) ?? 1, (n as number) ?? 1];

/** A pool over three axes as one over height and width, then one over depth. */
const twoPools = (kernelName: string, pool: string): Decomposition => ({
  kernelName,
  decompose({ x }, attrs) {
    const [b, d, h, w, c] = x!.shape as [number, number, number, number, number];
    const { padInfo: p, ...info } = backend_util.computePool3DInfo(
      [b, d, h, w, c],
      attrs.filterSize as Triple,
      attrs.strides as Triple,
      1,
      attrs.pad as "same",
      attrs.dimRoundingMode as "floor",
    );
    const over = (image: Tensor, window: Attributes, rows: number[], columns: number[]) =>
      callKernel(pool, { x: image }, { ...window, pad: [[0, 0], rows, columns, [0, 0]] });
    const planes = over(
      reshape(x!, [b * d, h, w, c]),
      {
        filterSize: [info.filterHeight, info.filterWidth],
        strides: [info.strideHeight, info.strideWidth],
      },
      [p.top, p.bottom],
      [p.left, p.right],
    );
    const plane = info.outHeight * info.outWidth;
    const columns = over(
      reshape(planes, [b, d, plane, c]),
      { filterSize: [info.filterDepth, 1], strides: [info.strideDepth, 1] },
      [p.front, p.back],
      [0, 0],
    );
    return reshape(columns, [b, info.outDepth, info.outHeight, info.outWidth, c]);
  },
});

/** Windows are boxes, also where the border cuts them: the mean of means is the mean. */
export const avgPool3dDecomposition = twoPools("AvgPool3D", "AvgPool");

export const maxPool3dDecomposition = twoPools("MaxPool3D", "MaxPool");
