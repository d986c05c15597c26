import { add, mul, sub } from "@tensorflow/tfjs-core";
import { defineOptimizer } from "./define.js";
import {
  adamPreconditioner,
  adamStep,
  averagedMomentumThreshold,
  updateMoments,
} from "./moments.js";
import { DESCENT } from "./threshold.js";

/**
 * AdamW as in PyTorch: Adam with a weight decay that its moments do not see.
 *
 *   θ ← (1 − ηw)·θ − η·m̂ / (√v̂ + ε),   m̂ and v̂ as in adam
 *
 * The decay is no gradient of a loss, so the threshold contains it: with P as in adam the update is
 * stable while λmax(P^(−½) H P^(−½)) < (2 + 2β₁)/((1 − β₁)η) · (1 − ηw/2).
 *
 * @see torch.optim.AdamW; Loshchilov & Hutter (2019), Decoupled weight decay regularization; Cohen
 *   et al. (2022), Adaptive gradient methods at the edge of stability, for w = 0
 */
export const adamw = defineOptimizer({
  name: "adamw",
  defaults: { betas: [0.9, 0.999] as readonly [number, number], epsilon: 1e-8, weightDecay: 0.01 },
  slots: ["mean", "meanSquare"],
  decay: "decoupled",
  threshold: {
    ...DESCENT,
    formula: "(2 + 2β₁)/((1 − β₁)η) · (1 − ηw/2)",
    value: ({ learningRate, betas, weightDecay }) =>
      averagedMomentumThreshold(learningRate, betas[0], weightDecay),
  },
  update({ theta, gradient, slots, updates }, { learningRate, betas, epsilon, weightDecay }) {
    const moments = updateMoments(slots, gradient, betas);
    const step = adamStep(moments, updates, learningRate, betas, epsilon);
    // Not (1 − ηw)·θ: in single precision that factor is 19 % off in ηw = 1e-7.
    const decay = learningRate * weightDecay;
    const change = decay === 0 ? step : add(step, mul(theta, decay));
    return { theta: sub(theta, change), ...moments };
  },
  preconditioner: (slots, updates, { betas, epsilon }) =>
    adamPreconditioner(slots, updates, betas, epsilon),
});
