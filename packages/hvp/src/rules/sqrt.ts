import { div, mul } from "@tensorflow/tfjs-core";
import type { GradientRule } from "../rule.js";

/** y = √x, y′ = 1/(2y); not differentiable at 0. */
export const sqrtRule: GradientRule = {
  kernelName: "Sqrt",
  saveOutput: true,
  gradient: ({ dy, output }) => ({ x: () => div(dy, mul(output(), 2)) }),
};
