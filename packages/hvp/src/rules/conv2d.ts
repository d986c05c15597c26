import { type Tensor, transpose } from "@tensorflow/tfjs-core";
import { callKernel } from "../convolution.js";
import type { Attributes, Decomposition, GradientRule } from "../rule.js";

/**
 * Convolution is closed under differentiation as a set of three maps, each linear in both of its
 * arguments. With S(x, w, y) = Σ x·w·y over all matching positions, a trilinear form,
 *
 *     conv(x, w) = ∂S/∂y      convInput(y, w) = ∂S/∂x      convFilter(x, y) = ∂S/∂w
 *
 * so the two derivatives of each are the other two. They are tfjs' kernels Conv2D,
 * Conv2DBackpropInput and Conv2DBackpropFilter (to which dilations are added here).
 *
 * x [b, h, w, i], filter [kh, kw, i, o], y [b, oh, ow, o]
 */
const conv = (x: Tensor, filter: Tensor, attrs: Attributes) =>
  callKernel("Conv2D", { x, filter }, attrs);

const convInput = (dy: Tensor, filter: Tensor, inputShape: number[], attrs: Attributes) =>
  callKernel("Conv2DBackpropInput", { dy, filter }, { ...attrs, inputShape });

const convFilter = (x: Tensor, dy: Tensor, filterShape: number[], attrs: Attributes) =>
  callKernel("Conv2DBackpropFilter", { x, dy }, { ...attrs, filterShape });

/** y = conv(x, filter). */
export const conv2dRule: GradientRule = {
  kernelName: "Conv2D",
  saveInputs: { x: ["filter"], filter: ["x"] },
  gradient: ({ dy, input, shapeOf, ...node }) => {
    const attrs = geometry(node.attrs);
    return {
      x: () => convInput(dy, input("filter"), shapeOf("x"), attrs),
      filter: () => convFilter(input("x"), dy, shapeOf("filter"), attrs),
    };
  },
};

/** x = convInput(y, filter), also the transposed convolution. */
export const convInputRule: GradientRule = {
  kernelName: "Conv2DBackpropInput",
  saveInputs: { dy: ["filter"], filter: ["dy"] },
  gradient: ({ dy: dx, input, shapeOf, ...node }) => {
    const attrs = geometry(node.attrs);
    return {
      dy: () => conv(dx, input("filter"), attrs),
      filter: () => convFilter(dx, input("dy"), shapeOf("filter"), attrs),
    };
  },
};

/** w = convFilter(x, y). */
export const convFilterRule: GradientRule = {
  kernelName: "Conv2DBackpropFilter",
  saveInputs: { x: ["dy"], dy: ["x"] },
  gradient: ({ dy: dw, input, shapeOf, ...node }) => {
    const attrs = geometry(node.attrs);
    return {
      x: () => convInput(input("dy"), dw, shapeOf("x"), attrs),
      dy: () => conv(input("x"), dw, attrs),
    };
  },
};

/** Channels first, as channels last between two transposes. */
export const channelsFirstDecomposition: Decomposition = {
  kernelName: "Conv2D",
  decompose({ x, filter }, attrs) {
    if (attrs.dataFormat !== "NCHW") return undefined;
    const last = { ...attrs, dataFormat: "NHWC" };
    return transpose(conv(transpose(x!, [0, 2, 3, 1]), filter!, last), [0, 3, 1, 2]);
  },
};

/** The attributes that all three share; each adds the shape of its own result. */
function geometry(attrs: Attributes): Attributes {
  const { inputShape: _, filterShape: __, ...shared } = attrs;
  return { dilations: 1, dataFormat: "NHWC", ...shared };
}
