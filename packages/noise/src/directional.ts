import type { RandomStream } from "@eoss/rng";
import { type BatchNoise, covarianceFactor } from "./covariance.js";

/**
 * Sample weights whose weighted gradient is the full gradient plus Gaussian noise in the directions
 * of mini-batch noise, with exactly its covariance (paper 5.1, Fig. 10, "directional"):
 *
 *   Σ_i w_i ∇ℓ_i = ∇L + c/√n · Σ_i z_i (∇ℓ_i − ∇L),   w_i = 1/n + c/√n · (z_i − z̄),   z ~ N(0, I)
 *
 * One weighted backward pass over the training set therefore gives the noisy gradient.
 *
 * @param step the weights of a step depend on (stream, step) alone
 * @returns w, [n]; sums to one
 */
export function directionalWeights(
  noise: BatchNoise,
  stream: RandomStream,
  step: number,
): Float64Array {
  const n = noise.samples;
  const scale = Math.sqrt(covarianceFactor(noise) / n);
  const normal = stream.fork(step);
  const z = Float64Array.from({ length: n }, (_, i) => normal.normalAt(i));
  const mean = z.reduce((sum, value) => sum + value, 0) / n;
  return z.map((value) => 1 / n + scale * (value - mean));
}
