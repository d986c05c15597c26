import { where, zerosLike } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

/** y = t where the condition holds, else e. A value that is not chosen has no influence, ∞ or not. */
export const selectRule: GradientRule = {
  kernelName: "Select",
  saveInputs: ["condition"],
  gradient: ({ dy, input }) => ({
    t: () => where(input("condition"), dy, zerosLike(dy)),
    e: () => where(input("condition"), zerosLike(dy), dy),
  }),
};
