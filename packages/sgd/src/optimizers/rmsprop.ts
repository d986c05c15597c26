import { add, div, mul, sqrt, sub, tidy } from "@tensorflow/tfjs-core";
import { defineOptimizer } from "./define.js";
import { meanOfSquares } from "./moments.js";
import { DESCENT } from "./threshold.js";

/**
 * RMSProp as in PyTorch: not centred, without momentum and without correction of the bias.
 *
 *   meanSquare ← α·meanSquare + (1 − α)·g²,   θ ← θ − η·g / (√meanSquare + ε)
 *
 * With P = diag(√meanSquare + ε) held still, the update is gradient descent on the loss in P^½·θ: it is
 * stable while λmax(P^(−½) H P^(−½)) < 2/η.
 *
 * @see torch.optim.RMSprop; Tieleman & Hinton (2012), lecture 6.5; Cohen et al. (2022), Adaptive
 *   gradient methods at the edge of stability
 */
export const rmsprop = defineOptimizer({
  name: "rmsprop",
  description: "RMSProp, as in PyTorch",
  defaults: { alpha: 0.99, epsilon: 1e-8 },
  slots: ["meanSquare"],
  threshold: DESCENT,
  update({ theta, gradient, slots }, { learningRate, alpha, epsilon }) {
    const meanSquare = meanOfSquares(slots.meanSquare, gradient, alpha);
    const direction = tidy(() => div(gradient, add(sqrt(meanSquare), epsilon)));
    return { theta: sub(theta, mul(direction, learningRate)), meanSquare };
  },
  preconditioner: ({ meanSquare }, _updates, { epsilon }) => add(sqrt(meanSquare), epsilon),
});
