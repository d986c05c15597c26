import { checkOptions } from "@eoss/rng/internal";

/** How the batches are drawn whose noise is to be matched. */
export interface BatchNoise {
  /** n, samples in the training set. */
  readonly samples: number;
  /** b, samples in a batch. */
  readonly batchSize: number;
  /** Whether a batch may hold a sample twice; default false. */
  readonly replacement?: boolean;
}

/**
 * The factor c² by which the covariance of single-sample gradients becomes that of batch gradients:
 *
 *   Cov(g_B) = c²·Σ,   Σ = 1/n · Σ_i (∇ℓ_i − ∇L)(∇ℓ_i − ∇L)ᵀ
 *   c² = 1/b with replacement,   c² = (n − b) / (b·(n − 1)) without
 *
 * @throws RangeError unless n ≥ 2 and 1 ≤ b ≤ n are integers
 *
 * @example
 * covarianceFactor({ samples: 5, batchSize: 2 }); // 3/8
 * covarianceFactor({ samples: 5, batchSize: 2, replacement: true }); // 1/2
 */
export function covarianceFactor(noise: BatchNoise): number {
  checkOptions("covarianceFactor", noise, ["samples", "batchSize", "replacement"]);
  const { samples, batchSize, replacement = false } = noise;
  if (!(Number.isInteger(samples) && samples >= 2)) {
    throw new RangeError(`gradient noise needs at least 2 samples, not ${samples}`);
  }
  if (!(Number.isInteger(batchSize) && batchSize >= 1 && batchSize <= samples)) {
    throw new RangeError(`the batch size must be from 1 to ${samples} samples, not ${batchSize}`);
  }
  if (typeof replacement !== "boolean") {
    throw new RangeError(`replacement is ${JSON.stringify(replacement)}; allowed: true, false`);
  }
  return replacement ? 1 / batchSize : (samples - batchSize) / (batchSize * (samples - 1));
}
