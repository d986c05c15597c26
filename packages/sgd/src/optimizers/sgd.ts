import { mul, sub, tidy } from "@tensorflow/tfjs-core";
import type { Optimizer } from "./optimizer.js";

/**
 * Stochastic gradient descent, θ ← θ − η·g. With the full batch it is gradient descent.
 *
 * On a quadratic with curvature λ the update multiplies the distance to the minimum by 1 − ηλ: it is
 * stable up to λ = 2/η.
 */
export const sgd: Optimizer = {
  name: "sgd",
  stabilityThreshold: ({ learningRate }) => 2 / learningRate,
  init: (params) => ({ step: 0, params, slots: {} }),
  step(gradient, { step, params }, { learningRate }) {
    const updated = Object.entries(params).map(([name, theta]) => {
      const g = gradient[name];
      if (g === undefined) throw new RangeError(`the gradient lacks parameter ${name}`);
      const next = tidy(() => sub(theta, mul(g, learningRate)));
      theta.dispose();
      return [name, next] as const;
    });
    return { step: step + 1, params: Object.fromEntries(updated), slots: {} };
  },
};
