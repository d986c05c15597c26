import { mul, sub } from "@tensorflow/tfjs-core";
import { defineOptimizer } from "./define.js";
import { updateVelocity } from "./velocity.js";

/**
 * Sharpness-aware minimisation over SGD with heavy-ball momentum: the gradient is that of the same batch at
 * a point uphill.
 *
 *   g ← ∇L_B(θ + ρ·∇L_B(θ)/‖∇L_B(θ)‖),   velocity ← β·velocity + g,   θ ← θ − η·velocity
 *
 * Its own edge, ‖g‖/(2ρ)·(√(1 + 8ρ/(η‖g‖)) − 1) for β = 0 with the full batch, moves with the gradient.
 *
 * @see Foret, Kleiner, Mobahi & Neyshabur (2021), Sharpness-aware minimization for efficiently improving
 *   generalization; Long & Bartlett (2024), Sharpness-aware minimization and the edge of stability
 */
export const sam = defineOptimizer({
  name: "sam",
  description: "sharpness-aware minimisation over SGD with momentum",
  defaults: { rho: 0.05, momentum: 0 },
  slots: ["velocity"],
  threshold: {
    none:
      "the limit of sam, ‖g‖/(2ρ)·(√(1 + 8ρ/(η‖g‖)) − 1) without momentum, moves with the gradient, and no " +
      "threshold that settings give is known",
  },
  lookAhead: ({ rho }) => rho,
  update({ theta, gradient, slots }, { learningRate, momentum }) {
    const velocity = updateVelocity(slots.velocity, gradient, momentum);
    return { theta: sub(theta, mul(velocity, learningRate)), velocity };
  },
});
