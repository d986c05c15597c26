import { mul, sub } from "@tensorflow/tfjs-core";
import { defineOptimizer } from "./define.js";
import { DESCENT } from "./threshold.js";
import { coupledDecay } from "./weightDecay.js";

/**
 * Stochastic gradient descent. With the full batch it is gradient descent.
 *
 *   θ ← θ − η·g
 *
 * On a quadratic with curvature λ the update multiplies the distance to the minimum by 1 − ηλ: it is
 * stable up to λ = 2/η.
 *
 * @see torch.optim.SGD; Cohen et al. (2021), Gradient descent on neural networks typically occurs at
 *   the edge of stability
 */
export const sgd = defineOptimizer({
  name: "sgd",
  defaults: { weightDecay: 0 },
  slots: [],
  threshold: DESCENT,
  update: ({ theta, gradient }, { learningRate, weightDecay }) => ({
    theta: sub(theta, mul(coupledDecay(gradient, theta, weightDecay), learningRate)),
  }),
});
