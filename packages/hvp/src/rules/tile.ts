import { reshape, sum } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";

/** y = x repeated `reps` times along each axis; the adjoint sums the copies. */
export const tileRule: GradientRule = {
  kernelName: "Tile",
  gradient: ({ dy, attrs, shapeOf }) => ({
    x: () => {
      const reps = attrs.reps as number[];
      const shape = shapeOf("x");
      // An axis that was repeated becomes [copies, size]; the others stay.
      const split: number[] = [];
      const copies: number[] = [];
      for (const [axis, size] of shape.entries()) {
        if (reps[axis] !== 1) copies.push(split.push(reps[axis]!) - 1);
        if (reps[axis] === 1 || size !== 1) split.push(size);
      }
      return reshape(sum(reshape(dy, split), copies), shape);
    },
  }),
};
