import { add, minimum, mul } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

/** y = x for x > 0, else eˣ − 1. So y′ = 1 + min(y, 0), with no exponential that could overflow. */
export const eluRule: GradientRule = {
  kernelName: "Elu",
  saveOutput: true,
  gradient: ({ dy, output }) => ({ x: () => mul(dy, add(minimum(output(), 0), 1)) }),
};
