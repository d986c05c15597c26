import { mul, sub } from "@tensorflow/tfjs-core";
import { defineOptimizer } from "./define.js";
import { orthogonalFactor } from "./orthogonal.js";
import { updateVelocity } from "./velocity.js";

/**
 * Spectral descent: the steepest descent in the spectral norm, with steps of that norm η, by an exact
 * singular value decomposition of every matrix.
 *
 *   velocity ← β·velocity + g = UΣVᵀ,   θ ← θ − η·UVᵀ
 *
 * Parameters are matrices as for muon; of a bias UVᵀ is v/‖v‖. Directions that single precision cannot tell
 * from zero are left out. The decomposition takes time of short²·long for each matrix: seconds a step for a
 * layer of 3072 × 512, where muon is the choice.
 *
 * @see Carlson, Cevher & Carin (2015), Stochastic spectral descent for restricted Boltzmann machines;
 *   Bernstein & Newhouse (2024), Old optimizer, new norm
 */
export const spectralDescent = defineOptimizer({
  name: "spectral-descent",
  description: "steps of spectral norm η with exactly orthogonal matrices",
  defaults: { momentum: 0 },
  slots: ["velocity"],
  threshold: {
    none:
      "spectral-descent makes steps of the same size whatever the gradient, so no curvature makes them grow, " +
      "and no threshold is known",
  },
  update({ theta, gradient, slots }, { learningRate, momentum }) {
    const velocity = updateVelocity(slots.velocity, gradient, momentum);
    return { theta: sub(theta, mul(orthogonalFactor(velocity), learningRate)), velocity };
  },
});
