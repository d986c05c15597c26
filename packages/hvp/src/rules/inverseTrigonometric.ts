import { add, div, mul, neg, rsqrt, square, sub, type Tensor } from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";
import { sumTo } from "./shape.js";

/** (1 − x)·(1 + x), which keeps its digits where 1 − x² would lose them. */
const oneMinusSquare = (x: Tensor) => mul(sub(1, x), add(1, x));

const functionOf = (
  kernelName: string,
  slope: (x: Tensor, dy: Tensor) => Tensor,
): GradientRule => ({
  kernelName,
  saveInputs: ["x"],
  gradient: ({ dy, input }) => ({ x: () => slope(input("x"), dy) }),
});

/** y = arcsin x, y′ = 1/√(1 − x²). */
export const asinRule = functionOf("Asin", (x, dy) => mul(dy, rsqrt(oneMinusSquare(x))));

/** y = arccos x, y′ = −1/√(1 − x²). */
export const acosRule = functionOf("Acos", (x, dy) => neg(mul(dy, rsqrt(oneMinusSquare(x)))));

/** y = arctan x, y′ = 1/(1 + x²). */
export const atanRule = functionOf("Atan", (x, dy) => div(dy, add(square(x), 1)));

/** y = arsinh x, y′ = 1/√(1 + x²). */
export const asinhRule = functionOf("Asinh", (x, dy) => mul(dy, rsqrt(add(square(x), 1))));

/** y = arcosh x for x > 1, y′ = 1/√(x² − 1). */
export const acoshRule = functionOf("Acosh", (x, dy) => mul(dy, rsqrt(mul(sub(x, 1), add(x, 1)))));

/** y = artanh x, y′ = 1/(1 − x²). */
export const atanhRule = functionOf("Atanh", (x, dy) => div(dy, oneMinusSquare(x)));

/** The angle of the point (b, a), with broadcasting: ∂/∂a = b/(a² + b²), ∂/∂b = −a/(a² + b²). */
export const atan2Rule: GradientRule = {
  kernelName: "Atan2",
  saveInputs: ["a", "b"],
  gradient: ({ dy, input, shapeOf }) => {
    const [a, b] = [input("a"), input("b")];
    const scaled = () => div(dy, add(square(a), square(b)));
    return {
      a: () => sumTo(mul(scaled(), b), shapeOf("a")),
      b: () => neg(sumTo(mul(scaled(), a), shapeOf("b"))),
    };
  },
};
