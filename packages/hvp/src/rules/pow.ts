import {
  equal,
  greater,
  log,
  mul,
  onesLike,
  pow,
  sub,
  type Tensor,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core";
import type { GradientRule } from "./rule.js";
import { sumTo } from "./shape.js";

/**
 * y = aᵇ with broadcasting: ∂y/∂a = b·aᵇ⁻¹ (0 where b = 0), ∂y/∂b = aᵇ·ln a (0 where a ≤ 0).
 *
 * Where a term is 0 by definition its argument is replaced by 1 beforehand, so that no derivative
 * of it meets 0⁻¹ or ln 0.
 */
export const powRule: GradientRule = {
  kernelName: "Pow",
  saveInputs: ["a", "b"],
  gradient: ({ dy, input, shapeOf }) => {
    const [a, b] = [input("a"), input("b")];
    return {
      a: () => {
        const base = select(equal(b, 0), onesLike(a), a);
        return sumTo(mul(dy, mul(b, pow(base, sub(b, 1)))), shapeOf("a"));
      },
      b: () => {
        const positive = greater(a, 0);
        const logarithm = log(select(positive, a, onesLike(a)));
        const power = select(positive, pow(a, b), zerosLike(dy));
        return sumTo(mul(dy, mul(power, logarithm)), shapeOf("b"));
      },
    };
  },
};

const select = (condition: Tensor, yes: Tensor, no: Tensor) => where(condition, yes, no);
