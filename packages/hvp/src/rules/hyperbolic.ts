import { cosh, mul, sinh } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

/** y = sinh x, y′ = cosh x. */
export const sinhRule: GradientRule = {
  kernelName: "Sinh",
  saveInputs: ["x"],
  gradient: ({ dy, input }) => ({ x: () => mul(dy, cosh(input("x"))) }),
};

/** y = cosh x, y′ = sinh x. */
export const coshRule: GradientRule = {
  kernelName: "Cosh",
  saveInputs: ["x"],
  gradient: ({ dy, input }) => ({ x: () => mul(dy, sinh(input("x"))) }),
};
