import { mul, step } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

/** y = max(x, 0), y′ = [x > 0]; the derivative at 0 is 0, as in PyTorch. */
export const reluRule: GradientRule = {
  kernelName: "Relu",
  saveOutput: true,
  gradient: ({ dy, output }) => ({ x: () => mul(dy, step(output())) }),
};
