import { neg } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

/** y = −x. */
export const negRule: GradientRule = {
  kernelName: "Neg",
  gradient: ({ dy }) => ({ x: () => neg(dy) }),
};
