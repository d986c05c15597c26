import { add, cos, mul, neg, sin, square } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

/** y = sin x, y′ = cos x. */
export const sinRule: GradientRule = {
  kernelName: "Sin",
  saveInputs: ["x"],
  gradient: ({ dy, input }) => ({ x: () => mul(dy, cos(input("x"))) }),
};

/** y = cos x, y′ = −sin x. */
export const cosRule: GradientRule = {
  kernelName: "Cos",
  saveInputs: ["x"],
  gradient: ({ dy, input }) => ({ x: () => neg(mul(dy, sin(input("x")))) }),
};

/** y = tan x, y′ = 1 + y². */
export const tanRule: GradientRule = {
  kernelName: "Tan",
  saveOutput: true,
  gradient: ({ dy, output }) => ({ x: () => mul(dy, add(square(output()), 1)) }),
};
