import { defineOptimizer } from "@eoss/sgd";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Gradient descent with quasi-hyperbolic momentum (Ma & Yarats 2019, arXiv 1810.06801):
 *
 *   mean ← β·mean + (1 − β)·g,   θ ← θ − η·((1 − ν)·g + ν·mean)
 *
 * On a quadratic of curvature λ it has the eigenvalue −1 at ηλ = (2 + 2β)/(1 + β(1 − 2ν)).
 */
export default defineOptimizer({
  name: "quasi-hyperbolic",
  description: "gradient descent with quasi-hyperbolic momentum",

  // Its own options with their defaults. momentum, betas, epsilon ... mean what they mean in eoss.
  defaults: { momentum: 0.9, share: 0.7 },
  domains: {
    share: { allowed: "a number from 0 to 1", fits: (value) => value >= 0 && value <= 1 },
  },

  // What it keeps between updates: tensors shaped like the parameters, zero at first.
  slots: ["mean"],

  // Where updates become unstable; { none: "why" } if that is not known. It is tried on a quadratic.
  threshold: {
    formula: "(2 + 2β)/((1 + β(1 − 2ν))η)",
    words: "the limit of stability on a quadratic loss with the full batch",
    value: ({ learningRate, momentum, share }) =>
      (2 + 2 * momentum) / ((1 + momentum * (1 - 2 * share)) * learningRate),
  },

  // For one parameter tensor. Proportional to the learning rate, which no slot contains.
  update({ theta, gradient, slots }, { learningRate, momentum, share }) {
    const mean = tf.add(tf.mul(slots.mean, momentum), tf.mul(gradient, 1 - momentum));
    const direction = tf.add(tf.mul(gradient, 1 - share), tf.mul(mean, share));
    return { theta: tf.sub(theta, tf.mul(direction, learningRate)), mean };
  },
});
