import { greaterEqual, lessEqual, logicalAnd, where, zerosLike } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

/** y = min(max(x, low), high), y′ = [low ≤ x ≤ high], as tfjs and PyTorch count the ends. */
export const clipByValueRule: GradientRule = {
  kernelName: "ClipByValue",
  saveInputs: ["x"],
  gradient: ({ dy, attrs, input }) => ({
    x: () => {
      const { clipValueMin, clipValueMax } = attrs as Record<string, number>;
      const x = input("x");
      const inside = logicalAnd(greaterEqual(x, clipValueMin!), lessEqual(x, clipValueMax!));
      return where(inside, dy, zerosLike(dy));
    },
  }),
};
