import { positive } from "@eoss/rng/internal";
import { abs, add, mean, mul, sign, step, sub, sum } from "@tensorflow/tfjs-core";
import { constant } from "../tape/constant.js";
import { defineLoss } from "./define.js";

/**
 * Huber's loss: squared errors, and absolute ones from δ on, summed over outputs, averaged over observations:
 *
 *   L = 1/b · Σ_i Σ_c h(f_ic − y_ic),   h(r) = r² for |r| < δ, and δ·(2|r| − δ) else
 *
 * For small residuals it is `mse`, hence twice PyTorch's HuberLoss. Hessian with respect to f of one
 * observation: 2 where |r| < δ, and 0 else.
 *
 * @see Huber (1964), Robust estimation of a location parameter
 */
export const huber = defineLoss({
  name: "huber",
  description: "squared errors, absolute ones from delta on",
  targets: "numbers",
  defaults: { delta: 1 },
  domains: { delta: positive },
  loss(outputs, targets, { delta }) {
    const r = sub(outputs, targets);
    const inside = constant(() => step(sub(delta, abs(r))));
    const outside = constant(() => mul(mul(sub(1, inside), sign(r)), delta));
    // q is r, cut off at ±δ: h = q·(2r − q).
    const q = add(mul(r, inside), outside);
    return mean(sum(mul(q, sub(mul(r, 2), q)), -1));
  },
});
