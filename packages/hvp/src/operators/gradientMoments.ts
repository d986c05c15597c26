/** Mean and spread of gradients, one chunk after another. */

import { gradient } from "../derivatives/linearize.js";
import { blockOf } from "../parameters/blocks.js";
import { disposeTree, flatten, layoutOf, type ParameterTree } from "../parameters/parameters.js";
import { checkOperator, checkWeights } from "./checks.js";
import type { LossChunk } from "./hessian.js";
import type { OperatorOptions } from "./operator.js";

/** Mean and spread of gradients over samples (or over batches: whatever a chunk is). */
export interface GradientMoments {
  /** Σ w_k ∇L_k, [d]. */
  readonly mean: Float64Array;
  /** Σ w_k (∇L_k)², entry by entry, [d]. */
  readonly secondMoment: Float64Array;
  /** Σ w_k (∇L_k − mean)², entry by entry, [d]: the diagonal of the covariance (divided by n). */
  readonly variance: Float64Array;
  /** Sum of the variances: the trace of the covariance, E‖∇L_k − mean‖². */
  readonly totalVariance: number;
}

export type PerSampleOptions<P extends ParameterTree> = Omit<
  OperatorOptions<P>,
  "retainBytes" | "reduce"
> & {
  /** One chunk for each sample, weight 1/n: its own loss, not a mean over others. */
  readonly chunks: readonly LossChunk<P>[];
};

/**
 * Gradients of single samples, one after another.
 *
 * @returns an iterator of [d] vectors; each is a view of the same memory, overwritten by the next
 * @throws UnverifiedOpError as `linearize`; RangeError for an unknown option
 *
 * @example
 * const about = (y) => ({ loss: ([theta]) => tf.square(tf.sub(theta, y)), weight: 0.5 });
 * const gradients = perSampleGradients({ params: [tf.scalar(0)], chunks: [about(1), about(3)] });
 * Array.from(gradients, (g) => g[0]); // [-2, -6]
 */
export function perSampleGradients<P extends ParameterTree>(
  options: PerSampleOptions<P>,
): Generator<Float32Array, void, void> {
  checkOperator("perSampleGradients", options, {}, "loss");
  return gradientsOf(options);
}

function* gradientsOf<P extends ParameterTree>({
  params,
  chunks,
  block: names,
}: PerSampleOptions<P>): Generator<Float32Array, void, void> {
  const { block, complete } = blockOf(params, names);
  const out = new Float32Array(layoutOf(block).size);
  for (const chunk of chunks) {
    const part = gradient((p: ParameterTree) => chunk.loss(complete(p)), block);
    flatten(part.gradient, out);
    part.loss.dispose();
    disposeTree(part.gradient);
    yield out;
  }
}

/**
 * Mean, second moment and variance of per-sample gradients, in one pass and in float64.
 *
 * The update is Welford's with weights: no difference of two large sums.
 *
 * @see West (1979), Updating mean and variance estimates: an improved method
 *
 * @example
 * // Gradients −2 and −6 of two samples: mean −4, variance 4.
 * const about = (y) => ({ loss: ([theta]) => tf.square(tf.sub(theta, y)), weight: 0.5 });
 * const { mean, variance } = gradientMoments({ params: [tf.scalar(0)], chunks: [about(1), about(3)] });
 * mean; // Float64Array [-4]
 * variance; // Float64Array [4]
 */
export function gradientMoments<P extends ParameterTree>(
  options: PerSampleOptions<P>,
): GradientMoments {
  checkOperator("gradientMoments", options, {}, "loss");
  checkWeights("gradientMoments", options.chunks);
  const { size } = layoutOf(blockOf(options.params, options.block).block);
  const mean = new Float64Array(size);
  const spread = new Float64Array(size);
  const secondMoment = new Float64Array(size);
  let weightSoFar = 0;
  let index = 0;
  for (const g of gradientsOf(options)) {
    const { weight } = options.chunks[index++]!;
    weightSoFar += weight;
    const share = weight / weightSoFar;
    for (let i = 0; i < size; i++) {
      const x = g[i]!;
      const deviation = x - mean[i]!;
      mean[i]! += share * deviation;
      spread[i]! += weight * deviation * (x - mean[i]!);
      secondMoment[i]! += weight * x * x;
    }
  }
  return momentsOf(
    mean,
    secondMoment.map((s) => s / weightSoFar),
    spread.map((s) => s / weightSoFar),
  );
}

export function momentsOf(
  mean: Float64Array,
  secondMoment: Float64Array,
  variance: Float64Array,
): GradientMoments {
  const totalVariance = variance.reduce((total, s) => total + s, 0);
  return { mean, secondMoment, variance, totalVariance };
}
