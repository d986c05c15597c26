import { mul, square, sub } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

/** y = tanh x, y′ = 1 − y². */
export const tanhRule: GradientRule = {
  kernelName: "Tanh",
  saveOutput: true,
  gradient: ({ dy, output }) => ({ x: () => mul(dy, sub(1, square(output()))) }),
};
