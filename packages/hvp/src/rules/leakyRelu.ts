import { mul, step } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

/** y = x for x > 0, else α·x. So y′ = 1, else α (also at 0). */
export const leakyReluRule: GradientRule = {
  kernelName: "LeakyRelu",
  saveInputs: ["x"],
  gradient: ({ dy, attrs, input }) => ({
    x: () => mul(dy, step(input("x"), attrs.alpha as number)),
  }),
};
