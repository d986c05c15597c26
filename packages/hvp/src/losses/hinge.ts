import { mean, mul, square, step, sub, sum } from "@tensorflow/tfjs-core";
import { constant } from "../tape/constant.js";
import { defineLoss } from "./define.js";

/**
 * Hinge loss, one against the rest, summed over outputs, averaged over observations:
 *
 *   L = 1/b · Σ_i Σ_c max(0, 1 − s_ic f_ic)^p,   s = 1 where y > 0, and −1 else
 *
 * Hessian with respect to f of one observation: 2 for p = 2 where the margin is below 1, and 0 for p = 1: then
 * the Hessian of the loss is the curvature of the network alone, and Gauss–Newton products are zero.
 *
 * @see Cortes & Vapnik (1995), Support-vector networks; Lee & Lin (2013), A study on L2-loss SVMs, for p = 2
 */
export const hinge = defineLoss({
  name: "hinge",
  description: "margins below 1, one class against the rest; power 2 is the squared hinge",
  targets: "classes",
  defaults: { power: 1 },
  domains: { power: { allowed: "1, 2", fits: (value) => value === 1 || value === 2 } },
  loss(outputs, targets, { power }) {
    const s = constant(() => sub(mul(step(targets), 2), 1));
    const short = sub(1, mul(outputs, s));
    const kept = constant(() => step(short));
    const missing = mul(short, kept);
    return mean(sum(power === 2 ? square(missing) : missing, -1));
  },
});
