/** Sample weights of the mean: 1/n each, [n]. */
export function meanWeights(samples: number): Float64Array {
  return new Float64Array(samples).fill(1 / samples);
}

/**
 * Sample weights whose weighted gradient is noise in the directions of mini-batch noise:
 *
 *   Σ_i w_i ∇ℓ_i = √(f/n) · Σ_i z_i (∇ℓ_i − ∇L),   w_i = √(f/n) · (z_i − z̄)
 *
 * For independent z_i of mean 0 and variance 1 its covariance is f·Σ.
 *
 * @param z [n]
 * @param factor f
 * @returns w, [n]; sums to zero
 */
export function noiseWeights(z: ArrayLike<number>, factor: number): Float64Array {
  const n = z.length;
  const scale = Math.sqrt(factor / n);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += z[i]!;
  return Float64Array.from(z, (value) => scale * (value - sum / n));
}

/** Sample weights of the mean plus those of a noise, [n]; they sum to one. */
export function aroundMean(noise: Float64Array): Float64Array {
  return noise.map((w) => 1 / noise.length + w);
}
