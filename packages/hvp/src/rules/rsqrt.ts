import { mul, square } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

/** y = 1/√x, y′ = −y³/2. */
export const rsqrtRule: GradientRule = {
  kernelName: "Rsqrt",
  saveOutput: true,
  gradient: ({ dy, output }) => ({
    x: () => mul(dy, mul(mul(square(output()), output()), -0.5)),
  }),
};
