import { reshape, sum } from "@tensorflow/tfjs-core";
import type { GradientRule } from "../rule.js";

/** y = x repeated `reps` times along each axis; the adjoint sums the copies. */
export const tileRule: GradientRule = {
  kernelName: "Tile",
  gradient: ({ dy, attrs, shapeOf }) => ({
    x: () => {
      const reps = attrs.reps as number[];
      const shape = shapeOf("x");
      // [reps₀, n₀, reps₁, n₁, ...]: the even axes count the copies.
      const copies = shape.flatMap((size, axis) => [reps[axis]!, size]);
      return sum(
        reshape(dy, copies),
        shape.map((_, axis) => 2 * axis),
      );
    },
  }),
};
