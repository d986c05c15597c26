import { div, equal, mul, neg, onesLike, square, type Tensor, where } from "@tensorflow/tfjs-core";
import { composite } from "../tape/constant.js";
import { isInside } from "../tape/intercept.js";
import type { Decomposition, GradientRule } from "./rule.js";
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

/**
 * The quotient in the op `divNoNan`, which has a result of its own where b is 0, by a divisor that is
 * none there: its derivatives are 0, as TensorFlow has them.
 */
export const divNoNanDecomposition: Decomposition = {
  kernelName: "RealDiv",
  decompose: ({ a, b }) => (isInside("divNoNan") ? quotient(a!, b!) : undefined),
};

function quotient(a: Tensor, b: Tensor): Tensor {
  const safe = where(equal(b, 0), onesLike(b), b);
  return composite(divideRule, { a, b: safe }, () => div(a, safe));
}
