import { disposeTree, mapTree, type ParameterTree } from "@eoss/hvp";
import { addTrees } from "@eoss/hvp/internal";
import { mul, sub, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { directionalNoise } from "./directional.js";
import { defineNoise } from "./noise.js";
import { weightedGradients } from "./outputGradients.js";
import type { NoiseProblem } from "./problem.js";
import { aroundMean } from "./weights.js";

/**
 * The stochastic differential equation that is the small-η limit of SGD, by Euler–Maruyama:
 *
 *   dθ = −∇L(θ) dt + √η · Σ_B(θ)^(1/2) dW,   Σ_B = c²·Σ the covariance of batch gradients
 *   θ_(k+1) = θ_k − h·g_k,   g_k = ∇L(θ_k) + √(η/h)·ζ_k,   h = η/m
 *
 * with ζ_k = Σ_B(θ_k)^(1/2) ξ_k a draw of directional noise at θ_k: no matrix is formed. One step of
 * SGD is the time η, so a training step takes m of these; m = 1 is a step with directional noise. It
 * comes back as the mean of the g_k, with which θ_m = θ_0 − η·mean: plain SGD arrives there; another
 * optimizer gives it no meaning. The loss is that at θ_0.
 *
 * Euler–Maruyama errs by O(h) in expectations (weak order 1); the equation itself differs from SGD by
 * O(η) over a fixed time.
 *
 * @see Li, Tai, E (2019), Stochastic modified equations and dynamics of stochastic gradient
 *   algorithms; Kloeden, Platen (1992), Numerical solution of stochastic differential equations
 */
export const sde = defineNoise<{ substeps?: number }>({
  name: "sde",
  description: "a step of a stochastic differential equation",
  ofBatches: true,
  biased: true,
  defaults: { substeps: undefined },
  gradient(problem, { stream, learningRate, factor, options: { substeps } }) {
    const { params, samples } = problem;
    /** g_k/m and the loss, at the parameters that are given. */
    const substep = <P extends ParameterTree>(k: number, at: NoiseProblem<P>) => {
      const noise = directionalNoise(samples, factor * substeps, stream.fork(k));
      const weights = aroundMean(noise).map((w) => w / substeps);
      const { loss, gradients } = weightedGradients(at, [weights]);
      return { loss, gradient: gradients[0]! };
    };
    let { loss, gradient } = substep(0, problem);
    for (let k = 1; k < substeps; k++) {
      const moved = displaced(params, gradient, learningRate);
      const next = substep(k, { ...problem, params: moved });
      disposeTree(moved);
      gradient = addTrees(gradient, next.gradient);
    }
    return { loss, gradient };
  },
});

/** θ − η·g, as new tensors. */
function displaced<P extends ParameterTree>(params: P, gradient: P, learningRate: number): P {
  const g = Object.values(gradient) as Tensor[];
  return mapTree(params, (theta, index) => tidy(() => sub(theta, mul(g[index]!, learningRate))));
}
