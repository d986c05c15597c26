import { zeros } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

/**
 * Zero: the derivative of a function in steps, wherever it exists. Such kernels count as constants,
 * but inside a differentiation, where it matters whether something depends on x at all.
 */
export const stepRule: GradientRule = {
  kernelName: "steps",
  gradient: ({ inputNames, shapeOf }) =>
    Object.fromEntries(inputNames.map((name) => [name, () => zeros(shapeOf(name))])),
};
