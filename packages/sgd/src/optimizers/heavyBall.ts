import { mul, sub } from "@tensorflow/tfjs-core";
import { defineOptimizer } from "./define.js";
import { DESCENT } from "./threshold.js";
import { updateVelocity } from "./velocity.js";

/**
 * SGD with heavy-ball momentum in the convention of PyTorch: the buffer holds no η, so a change of η
 * acts on the past gradients too.
 *
 *   velocity ← β·velocity + g,   θ ← θ − η·velocity   (velocity is 0 at first)
 *
 * On a quadratic with curvature λ, z² − (1 + β − ηλ)z + β = 0 has a root at −1 when
 * λ = (2 + 2β)/η: unstable above. This is the line of the full batch; with small batches the batch
 * sharpness is reported to settle at 2(1 − β)/η instead (Andreyev & Beneventano, 2026).
 * PyTorch's momentum is 0 when left out; here it is 0.9.
 *
 * @see torch.optim.SGD; Polyak (1964), Some methods of speeding up the convergence of iteration
 *   methods; Cohen et al. (2021), Gradient descent on neural networks typically occurs at the edge of
 *   stability; Andreyev & Beneventano (2026), Momentum further constrains sharpness at the edge of
 *   stochastic stability, arXiv 2604.14108
 */
export const heavyBall = defineOptimizer({
  name: "heavy-ball",
  description: "SGD with heavy-ball momentum, as in PyTorch",
  defaults: { momentum: 0.9 },
  slots: ["velocity"],
  threshold: {
    ...DESCENT,
    formula: "(2 + 2β)/η",
    value: ({ learningRate, momentum }) => (2 + 2 * momentum) / learningRate,
  },
  smallBatchThreshold: {
    formula: "2(1 − β)/η",
    words: "where batch sharpness is reported to settle with small batches",
    value: ({ learningRate, momentum }) => (2 * (1 - momentum)) / learningRate,
  },
  update({ theta, gradient, slots }, { learningRate, momentum }) {
    const velocity = updateVelocity(slots.velocity, gradient, momentum);
    return { theta: sub(theta, mul(velocity, learningRate)), velocity };
  },
});
