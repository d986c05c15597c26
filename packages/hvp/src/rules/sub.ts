import { neg } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";
import { sumTo } from "./shape.js";

/** y = a − b, with broadcasting. */
export const subRule: GradientRule = {
  kernelName: "Sub",
  gradient: ({ dy, shapeOf }) => ({
    a: () => sumTo(dy, shapeOf("a")),
    b: () => neg(sumTo(dy, shapeOf("b"))),
  }),
};
