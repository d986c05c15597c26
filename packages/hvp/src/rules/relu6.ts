import { cast, greater, less, logicalAnd, mul } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

/** y = min(max(x, 0), 6), y′ = [0 < x < 6]. */
export const relu6Rule: GradientRule = {
  kernelName: "Relu6",
  saveOutput: true,
  gradient: ({ dy, output }) => ({
    x: () => mul(dy, cast(logicalAnd(greater(output(), 0), less(output(), 6)), "float32")),
  }),
};
