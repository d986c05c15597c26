import { cos, mul, neg, sin } from "@tensorflow/tfjs-core";
import type { GradientRule } from "../rule.js";

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
