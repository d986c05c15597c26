import { exp, mul, neg, square } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

/** y = erf x, y′ = 2/√π·e^(−x²). */
export const erfRule: GradientRule = {
  kernelName: "Erf",
  saveInputs: ["x"],
  gradient: ({ dy, input }) => ({
    x: () => mul(dy, mul(exp(neg(square(input("x")))), 2 / Math.sqrt(Math.PI))),
  }),
};
