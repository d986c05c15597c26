import { add, mul, rsqrt, sub } from "@tensorflow/tfjs-core";
import type { Decomposition } from "./rule.js";

/**
 * y = (x − mean)/√(variance + ε)·scale + offset. Mean and variance are inputs: computed from the
 * batch (tf.moments) they depend on the parameters and are differentiated, given as numbers they
 * are constants.
 */
export const batchNormDecomposition: Decomposition = {
  kernelName: "FusedBatchNorm",
  decompose({ x, mean, variance, scale, offset }, attrs) {
    const inverse = rsqrt(add(variance!, attrs.varianceEpsilon as number));
    const normalised = mul(sub(x!, mean!), scale ? mul(inverse, scale) : inverse);
    return offset ? add(normalised, offset) : normalised;
  },
};
