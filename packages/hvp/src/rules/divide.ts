import { div, mul, neg, square } from "@tensorflow/tfjs-core";
import type { GradientRule } from "../rule.js";
import { sumTo } from "./shape.js";

/** y = a/b element by element, with broadcasting: ∂y/∂b = −a/b². */
export const divideRule: GradientRule = {
  kernelName: "RealDiv",
  saveInputs: { a: ["b"], b: ["a", "b"] },
  gradient: ({ dy, input, shapeOf }) => ({
    a: () => sumTo(div(dy, input("b")), shapeOf("a")),
    b: () => sumTo(neg(div(mul(dy, input("a")), square(input("b")))), shapeOf("b")),
  }),
};
