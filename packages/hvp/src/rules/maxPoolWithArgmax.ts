import {
  engine,
  getBackend,
  getKernel,
  mod,
  type NamedAttrMap,
  type Tensor,
} from "@tensorflow/tfjs-core";
import { constant } from "../tape/constant.js";
import { callKernel, poolingOf } from "./convolution.js";
import { largestIndices } from "./maxPool.js";
import type { Decomposition } from "./rule.js";

const NAME = "MaxPoolWithArgmax";

/** The largest entries of windows, and where they are. */
export const maxPoolWithArgmaxDecomposition: Decomposition = {
  kernelName: NAME,
  decompose: ({ x }, attrs) => [
    callKernel("MaxPool", { x: x! }, attrs),
    constant(() => positions(x!, attrs)),
  ],
};

/** As the kernel gives them, also on the native backend, which does not have it. */
function positions(x: Tensor, attrs: Record<string, unknown>): Tensor {
  if (getKernel(NAME, getBackend()) !== undefined) {
    return (engine().runKernel(NAME, { x }, attrs as NamedAttrMap) as Tensor[])[1]!;
  }
  const flat = largestIndices(x, poolingOf(x.shape, attrs));
  return attrs.includeBatchInIndex ? flat : mod(flat, x.size / x.shape[0]!);
}
