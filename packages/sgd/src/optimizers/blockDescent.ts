import { mul, sub } from "@tensorflow/tfjs-core";
import { defineOptimizer } from "./define.js";

/**
 * Block coordinate descent: a step moves one parameter tensor, each in turn, in the order of the network.
 *
 *   θ_k ← θ_k − η·g_k   for k = (t − 1) mod K, t = 1, 2, 3, …; the others stay, without weight decay too
 *
 * On a quadratic a step is stable while the top eigenvalue of the block H_kk is below 2/η: a loss falls at
 * each step if that holds of all blocks. The whole Hessian may be sharper.
 *
 * @see Beck & Tetruashvili (2013), On the convergence of block coordinate descent type methods
 */
export const blockDescent = defineOptimizer({
  name: "block-descent",
  description: "steps of gradient descent on one parameter tensor after the other",
  defaults: {},
  slots: [],
  threshold: {
    none:
      "block-descent feels at each step the Hessian of one parameter tensor alone: the values of blocks " +
      "(--per-layer) are those to compare with 2/η, and for the whole Hessian no threshold is known",
  },
  update({ theta, gradient, updates, place, tensors }, { learningRate }) {
    if ((updates - 1) % tensors !== place) return { theta };
    return { theta: sub(theta, mul(gradient, learningRate)) };
  },
});
