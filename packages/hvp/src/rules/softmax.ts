import { mul, sub, sum } from "@tensorflow/tfjs-core";
import type { GradientRule } from "../rule.js";

/** y = softmax of x over the last axis; dx = y·(dy − Σ dy·y). */
export const softmaxRule: GradientRule = {
  kernelName: "Softmax",
  saveOutput: true,
  gradient: ({ dy, output }) => ({
    logits: () => mul(output(), sub(dy, sum(mul(dy, output()), -1, true))),
  }),
};
