import type { RandomStream } from "@eoss/rng";
import { requireStream } from "@eoss/rng/internal";
import { type BatchNoise, covarianceFactor } from "./covariance.js";
import { defineNoise } from "./noise.js";
import { weightedGradients } from "./outputGradients.js";
import { aroundMean, noiseWeights } from "./weights.js";

/**
 * Gaussian noise in the directions of mini-batch noise, with exactly its covariance (paper 5.1,
 * Fig. 10, "directional"):
 *
 *   ∇L + c/√n · Σ_i z_i (∇ℓ_i − ∇L),   z ~ N(0, I)        Cov = c²·Σ
 *
 * It is the gradient of a weighted loss: one pass over the training set, no more than ∇L costs.
 *
 * @see Wu, Hu, Xiong, Huan, Braverman, Zhu (2020), On the noisy gradient descent that generalizes as
 *   SGD ("multiplicative SGD noise")
 */
export const directional = defineNoise({
  name: "directional",
  description: "with exactly the covariance of batches",
  ofBatches: true,
  defaults: {},
  gradient(problem, { stream, factor }) {
    const weights = aroundMean(directionalNoise(problem.samples, factor, stream));
    const { loss, gradients } = weightedGradients(problem, [weights]);
    return { loss, gradient: gradients[0]! };
  },
});

/**
 * The sample weights of directional noise: Σ_i w_i ∇ℓ_i is the noisy gradient.
 *
 *   w_i = 1/n + c/√n · (z_i − z̄),   z ~ N(0, I)
 *
 * @param step the weights of a step depend on (stream, step) alone
 * @returns w, [n]; sums to one
 */
export function directionalWeights(
  noise: BatchNoise,
  stream: RandomStream,
  step: number,
): Float64Array {
  requireStream("directionalWeights", stream);
  return aroundMean(directionalNoise(noise.samples, covarianceFactor(noise), stream.fork(step)));
}

/** The weights of the noise alone, without the mean: they sum to zero, [n]. */
export function directionalNoise(
  samples: number,
  factor: number,
  stream: RandomStream,
): Float64Array {
  return noiseWeights(
    Float64Array.from({ length: samples }, (_, i) => stream.normalAt(i)),
    factor,
  );
}
