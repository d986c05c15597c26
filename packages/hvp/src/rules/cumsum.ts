import { cumsum } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

/** y_i = Σ_{j ≤ i} x_j along an axis; the adjoint sums in the other direction. */
export const cumsumRule: GradientRule = {
  kernelName: "Cumsum",
  gradient: ({ dy, attrs }) => {
    const { axis, exclusive, reverse } = attrs as {
      axis: number;
      exclusive: boolean;
      reverse: boolean;
    };
    return { x: () => cumsum(dy, axis, exclusive, !reverse) };
  },
};
