import { add, mul, sign, sub, tidy } from "@tensorflow/tfjs-core";
import { defineOptimizer } from "./define.js";

/**
 * Sign descent; with momentum Signum.
 *
 *   mean ← β·mean + (1 − β)·g,   θ ← θ − η·sign(mean)   (mean is 0 at first, and g itself with β = 0)
 *
 * @see Bernstein, Wang, Azizzadenesheli & Anandkumar (2018), signSGD: compressed optimisation for
 *   non-convex problems
 */
export const signDescent = defineOptimizer({
  name: "sign-descent",
  description: "steps of η along the signs of the gradient; with momentum Signum",
  defaults: { momentum: 0 },
  slots: ["mean"],
  threshold: {
    none:
      "sign-descent makes steps of the same length whatever the gradient, so no curvature makes them grow, " +
      "and no threshold is known",
  },
  update({ theta, gradient, slots }, { learningRate, momentum }) {
    const mean =
      momentum === 0
        ? gradient.clone()
        : tidy(() => add(mul(slots.mean, momentum), mul(gradient, 1 - momentum)));
    return { theta: sub(theta, mul(sign(mean), learningRate)), mean };
  },
});
