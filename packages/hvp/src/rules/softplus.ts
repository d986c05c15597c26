import { mul, sigmoid } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

/** y = ln(1 + eˣ), y′ = sigmoid(x). */
export const softplusRule: GradientRule = {
  kernelName: "Softplus",
  saveInputs: ["x"],
  gradient: ({ dy, input }) => ({ x: () => mul(dy, sigmoid(input("x"))) }),
};
