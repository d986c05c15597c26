import type { GradientRule } from "./rule.js";
import { spreadTo } from "./shape.js";

/** y = Σ x over axes. */
export const sumRule: GradientRule = {
  kernelName: "Sum",
  gradient: ({ dy, attrs, shapeOf }) => ({ x: () => spreadTo(dy, shapeOf("x"), attrs.axis) }),
};
