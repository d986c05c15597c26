import { mul } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";
import { sumTo } from "./shape.js";

/** y = a·b element by element, with broadcasting. */
export const multiplyRule: GradientRule = {
  kernelName: "Multiply",
  saveInputs: { a: ["b"], b: ["a"] },
  gradient: ({ dy, input, shapeOf }) => ({
    a: () => sumTo(mul(dy, input("b")), shapeOf("a")),
    b: () => sumTo(mul(dy, input("a")), shapeOf("b")),
  }),
};
