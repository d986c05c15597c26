import { mul } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

/** y = x². */
export const squareRule: GradientRule = {
  kernelName: "Square",
  saveInputs: ["x"],
  gradient: ({ dy, input }) => ({ x: () => mul(dy, mul(input("x"), 2)) }),
};
