import type { GradientRule } from "./rule.js";
import { sumTo } from "./shape.js";

/** y = a + b, with broadcasting. */
export const addRule: GradientRule = {
  kernelName: "Add",
  gradient: ({ dy, shapeOf }) => ({
    a: () => sumTo(dy, shapeOf("a")),
    b: () => sumTo(dy, shapeOf("b")),
  }),
};
