import { reshape } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

/** y = x in another shape. */
export const reshapeRule: GradientRule = {
  kernelName: "Reshape",
  gradient: ({ dy, shapeOf }) => ({ x: () => reshape(dy, shapeOf("x")) }),
};

/** y = x with an axis of size one more. */
export const expandDimsRule: GradientRule = {
  kernelName: "ExpandDims",
  gradient: ({ dy, shapeOf }) => ({ input: () => reshape(dy, shapeOf("input")) }),
};
