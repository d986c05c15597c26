import { add, div } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

/** y = ln(1 + x), y′ = 1/(1 + x). */
export const log1pRule: GradientRule = {
  kernelName: "Log1p",
  saveInputs: ["x"],
  gradient: ({ dy, input }) => ({ x: () => div(dy, add(input("x"), 1)) }),
};
