import { mul, sub } from "@tensorflow/tfjs-core";
import { defineOptimizer } from "./define.js";

/**
 * Normalised gradient descent; a gradient of zero makes no step.
 *
 *   θ ← θ − η·g/‖g‖,   ‖g‖ over all parameters together
 *
 * It is gradient descent with the learning rate η/‖g‖, which changes at each step: on a quadratic it is
 * stable while the sharpness is below 2‖g‖/η, which settings alone do not give.
 *
 * @see Arora, Li & Panigrahi (2022), Understanding gradient descent on edge of stability in deep learning
 */
export const normalizedDescent = defineOptimizer({
  name: "normalized-descent",
  description: "steps of length η along the gradient",
  defaults: {},
  slots: [],
  threshold: {
    none:
      "normalized-descent makes steps of length η whatever the gradient: its limit 2‖g‖/η moves with the " +
      "gradient, and no threshold that settings give is known",
  },
  update({ theta, gradient, overGradientNorm }, { learningRate }) {
    return { theta: sub(theta, mul(gradient, overGradientNorm(learningRate))) };
  },
});
