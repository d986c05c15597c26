import {
  div,
  equal,
  mul,
  onesLike,
  sqrt,
  type Tensor,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { composite } from "../tape/constant.js";
import { isInside } from "../tape/intercept.js";
import type { Decomposition, GradientRule } from "./rule.js";

/** y = √x, y′ = 1/(2y); not differentiable at 0. */
export const sqrtRule: GradientRule = {
  kernelName: "Sqrt",
  saveOutput: true,
  gradient: ({ dy, output }) => ({ x: () => div(dy, mul(output(), 2)) }),
};

/** The root in the op `norm`: the derivatives of a norm at 0 are taken to be 0, as PyTorch does. */
export const normDecomposition: Decomposition = {
  kernelName: "Sqrt",
  decompose: ({ x }) => (isInside("norm") ? lengthOf(x!) : undefined),
};

/** √x for x the square of a length, with derivatives 0 where it is 0. */
export function lengthOf(x: Tensor): Tensor {
  const none = equal(x, 0);
  // No derivative of √0, not even where it is not chosen.
  const safe = where(none, onesLike(x), x);
  const root = composite(sqrtRule, { x: safe }, () => sqrt(safe));
  return where(none, zerosLike(x), root);
}
