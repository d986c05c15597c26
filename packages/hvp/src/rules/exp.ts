import { mul } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

/** y = eˣ, y′ = y. */
export const expRule: GradientRule = {
  kernelName: "Exp",
  saveOutput: true,
  gradient: ({ dy, output }) => ({ x: () => mul(dy, output()) }),
};
