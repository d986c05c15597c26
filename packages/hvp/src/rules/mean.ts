import type { GradientRule } from "./rule.js";
import { reducedAxes, spreadTo } from "./shape.js";

/** y = mean of x over axes. */
export const meanRule: GradientRule = {
  kernelName: "Mean",
  gradient: ({ dy, attrs, shapeOf }) => ({
    x: () => {
      const shape = shapeOf("x");
      const axes = reducedAxes(attrs.axis, shape.length);
      const count = shape.reduce(
        (product, size, axis) => (axes.has(axis) ? product * size : product),
        1,
      );
      return spreadTo(dy, shape, attrs.axis, 1 / count);
    },
  }),
};
