import { sub } from "@tensorflow/tfjs-core";
import { defineOptimizer } from "./define.js";
import type { OptimizerDefinition } from "./definition.js";
import {
  adamPreconditioner,
  adamStep,
  averagedMomentumThreshold,
  updateMoments,
} from "./moments.js";
import type { OptionValue } from "./options.js";
import { DESCENT } from "./threshold.js";

interface AdamOptions {
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  readonly [option: string]: OptionValue;
}

/** The formula of adam, and of adamw. */
export const adamDefinition: OptimizerDefinition<AdamOptions, "mean" | "meanSquare"> = {
  name: "adam",
  description: "Adam, as in PyTorch",
  defaults: { betas: [0.9, 0.999], epsilon: 1e-8 },
  slots: ["mean", "meanSquare"],
  threshold: {
    ...DESCENT,
    formula: "(2 + 2β₁)/((1 − β₁)η)",
    value: ({ learningRate, betas }) => averagedMomentumThreshold(learningRate, betas[0]),
  },
  update({ theta, gradient, slots, updates }, { learningRate, betas, epsilon }) {
    const moments = updateMoments(slots, gradient, betas);
    const step = adamStep(moments, updates, learningRate, betas, epsilon);
    return { theta: sub(theta, step), ...moments };
  },
  preconditioner: (slots, updates, { betas, epsilon }) =>
    adamPreconditioner(slots, updates, betas, epsilon),
};

/**
 * Adam as in PyTorch, without amsgrad.
 *
 *   mean ← β₁·mean + (1 − β₁)·g,   meanSquare ← β₂·meanSquare + (1 − β₂)·g²
 *   θ ← θ − η·m̂ / (√v̂ + ε),   m̂ = mean/(1 − β₁^t),   v̂ = meanSquare/(1 − β₂^t)
 *
 * With P = (1 − β₁^t)·diag(√v̂ + ε) held still, the update is gradient descent with averaged momentum
 * on the loss in P^½·θ: it is stable while λmax(P^(−½) H P^(−½)) < (2 + 2β₁)/((1 − β₁)η), which is 38/η
 * for β₁ = 0.9.
 *
 * @see torch.optim.Adam; Kingma & Ba (2015); Cohen et al. (2022), Adaptive gradient methods at the
 *   edge of stability
 */
export const adam = defineOptimizer(adamDefinition);
