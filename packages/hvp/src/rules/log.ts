import { div } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

/** y = ln x, y′ = 1/x. */
export const logRule: GradientRule = {
  kernelName: "Log",
  saveInputs: ["x"],
  gradient: ({ dy, input }) => ({ x: () => div(dy, input("x")) }),
};
