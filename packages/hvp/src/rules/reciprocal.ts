import { mul, neg, square } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

/** y = 1/x, y′ = −y². */
export const reciprocalRule: GradientRule = {
  kernelName: "Reciprocal",
  saveOutput: true,
  gradient: ({ dy, output }) => ({ x: () => neg(mul(dy, square(output()))) }),
};
