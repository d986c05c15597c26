import { mul, sub } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

/** y = 1/(1 + e⁻ˣ), y′ = y·(1 − y). */
export const sigmoidRule: GradientRule = {
  kernelName: "Sigmoid",
  saveOutput: true,
  gradient: ({ dy, output }) => ({ x: () => mul(dy, mul(output(), sub(1, output()))) }),
};
