import { engine, type NamedAttrMap, type Tensor } from "@tensorflow/tfjs-core";
import { constant } from "../constant.js";
import { callKernel } from "../convolution.js";
import type { Decomposition } from "../rule.js";

/** The largest entries of windows, and where they are. */
export const maxPoolWithArgmaxDecomposition: Decomposition = {
  kernelName: "MaxPoolWithArgmax",
  decompose: ({ x }, attrs) => [
    callKernel("MaxPool", { x: x! }, attrs),
    constant(
      () => engine().runKernel("MaxPoolWithArgmax", { x: x! }, attrs as NamedAttrMap) as Tensor[],
    )[1]!,
  ],
};
