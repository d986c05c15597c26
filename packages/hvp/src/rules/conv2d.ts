import { type Tensor, transpose } from "@tensorflow/tfjs-core";
import { callKernel } from "./convolution.js";
import { convolutionRules } from "./convolutionRules.js";
import type { Attributes, Decomposition } from "./rule.js";

/** tfjs' kernels, to which dilations are added here; x [b, h, w, i], filter [kh, kw, i, o]. */
export const [conv2dRule, convInputRule, convFilterRule] = convolutionRules(
  ["Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"],
  { dilations: 1, dataFormat: "NHWC" },
);

/** Channels first, as channels last between two transposes. */
export const channelsFirstDecomposition: Decomposition = {
  kernelName: "Conv2D",
  decompose({ x, filter }, attrs) {
    if (attrs.dataFormat !== "NCHW") return undefined;
    const last = { ...attrs, dataFormat: "NHWC" };
    return transpose(conv(transpose(x!, [0, 2, 3, 1]), filter!, last), [0, 3, 1, 2]);
  },
};

const conv = (x: Tensor, filter: Tensor, attrs: Attributes) =>
  callKernel("Conv2D", { x, filter }, attrs);
