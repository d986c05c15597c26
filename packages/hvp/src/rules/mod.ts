import { div, floor, mul, neg } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";
import { sumTo } from "./shape.js";

/** y = a − b·⌊a/b⌋, with broadcasting: ∂y/∂a = 1, ∂y/∂b = −⌊a/b⌋. */
export const modRule: GradientRule = {
  kernelName: "Mod",
  saveInputs: { a: [], b: ["a", "b"] },
  gradient: ({ dy, input, shapeOf }) => ({
    a: () => sumTo(dy, shapeOf("a")),
    b: () => neg(sumTo(mul(dy, floor(div(input("a"), input("b")))), shapeOf("b"))),
  }),
};
