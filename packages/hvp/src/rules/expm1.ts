import { add, mul } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

/** y = eˣ − 1, y′ = y + 1. */
export const expm1Rule: GradientRule = {
  kernelName: "Expm1",
  saveOutput: true,
  gradient: ({ dy, output }) => ({ x: () => mul(dy, add(output(), 1)) }),
};
