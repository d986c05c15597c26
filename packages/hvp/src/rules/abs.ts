import { mul, sign } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

/** y = |x|, y′ = sign x; 0 at 0. */
export const absRule: GradientRule = {
  kernelName: "Abs",
  saveInputs: ["x"],
  gradient: ({ dy, input }) => ({ x: () => mul(dy, sign(input("x"))) }),
};
