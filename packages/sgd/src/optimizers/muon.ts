import { add, mul, sub, tidy } from "@tensorflow/tfjs-core";
import { defineOptimizer } from "./define.js";
import { matrixShape, newtonSchulz } from "./orthogonal.js";

/**
 * Muon: Nesterov momentum, whose matrices are made about orthogonal by a Newton–Schulz iteration in single
 * precision.
 *
 *   mean ← β·mean + (1 − β)·g,   m = (1 − β)·g + β·mean,   θ ← θ − η·√max(1, outputs/inputs)·NS(m)
 *
 * Every parameter is a matrix [inputs, outputs]: the kernel of a convolution is [height·width·inputs,
 * outputs], and a bias that of a constant input, [1, outputs], of which NS is about m/‖m‖. Jordan leaves
 * biases and the last layer to another optimizer; here one rule is for all. His weight decay is decoupled, so
 * `decay` is that when left out.
 *
 * @see torch.optim.Muon, which computes NS in bfloat16; Jordan et al. (2024), Muon: an optimizer for hidden
 *   layers in neural networks
 */
export const muon = defineOptimizer({
  name: "muon",
  description: "momentum with about orthogonal matrices (Newton–Schulz)",
  defaults: { momentum: 0.95, iterations: 5, decay: "decoupled" },
  slots: ["mean"],
  threshold: {
    none:
      "muon makes steps of the same size whatever the gradient, so no curvature makes them grow, and no " +
      "threshold is known",
  },
  update({ theta, gradient, slots }, { learningRate, momentum, iterations }) {
    const [inputs, outputs] = matrixShape(theta.shape);
    const mix = (mean: typeof theta) =>
      tidy(() => add(mul(mean, momentum), mul(gradient, 1 - momentum)));
    const mean = mix(slots.mean);
    const direction = newtonSchulz(mix(mean), iterations);
    const scale = learningRate * Math.sqrt(Math.max(1, outputs / inputs));
    return { theta: sub(theta, mul(direction, scale)), mean };
  },
});
