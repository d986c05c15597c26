import { transpose } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

/** y = x with permuted axes; the adjoint permutes back. */
export const transposeRule: GradientRule = {
  kernelName: "Transpose",
  gradient: ({ dy, attrs }) => {
    const perm = attrs.perm as number[];
    const inverse = perm.map((_, axis) => perm.indexOf(axis));
    return { x: () => transpose(dy, inverse) };
  },
};
