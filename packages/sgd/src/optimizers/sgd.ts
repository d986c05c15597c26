import { mul, sub } from "@tensorflow/tfjs-core";
import { defineOptimizer } from "./define.js";
import { DESCENT } from "./threshold.js";

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
  description: "stochastic gradient descent; gradient descent with the full batch",
  defaults: {},
  slots: [],
  threshold: DESCENT,
  update: ({ theta, gradient }, { learningRate }) => ({
    theta: sub(theta, mul(gradient, learningRate)),
  }),
});
