import { defineNoise } from "./noise.js";
import { weightedGradients } from "./outputGradients.js";
import { aroundMean, noiseWeights } from "./weights.js";

/**
 * The deviations of the single samples with random signs: directional noise that is not Gaussian.
 *
 *   ∇L + c/√n · Σ_i s_i (∇ℓ_i − ∇L),   s_i = ±1 with probability ½        Cov = c²·Σ
 *
 * Mean and covariance are those of mini-batch and of directional noise; third moments are zero, and
 * the fourth ones lie below those of a normal distribution, by −2·f²/n² · Σ_i (v·(∇ℓ_i − ∇L))⁴ in a
 * direction v, with f = c². What differs between the two is then due to moments above the second.
 */
export const shuffledSign = defineNoise({
  name: "shuffled-sign",
  description: "signs in place of normal numbers, without replacement",
  ofBatches: true,
  defaults: {},
  gradient(problem, { stream, factor }) {
    const weights = aroundMean(noiseWeights(stream.signs(problem.samples), factor));
    const { loss, gradients } = weightedGradients(problem, [weights]);
    return { loss, gradient: gradients[0]! };
  },
});
