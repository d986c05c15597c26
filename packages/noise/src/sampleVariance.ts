import { chunkRanges, denseGradientMoments, gradientMoments, type ParameterTree } from "@eoss/hvp";
import { floatsOf, jsonFloats } from "@eoss/rng/internal";
import type { NoiseState } from "./noise.js";
import { CHUNK_SIZE, type NoiseProblem } from "./problem.js";

/** When the variance was computed, and how long it serves. */
interface Refresh {
  readonly step: number;
  /** K: a variance serves for the step at which it is computed and K − 1 more. */
  readonly refreshEvery: number;
  readonly state: NoiseState | undefined;
}

/**
 * The variance of single-sample gradients that holds at a step: the kept one, or, after K steps, a
 * new one at the present parameters.
 *
 * @param sizes numbers of parameters in the cells over which the variance is averaged
 * @throws RangeError if the kept variance has other cells
 */
export function varianceAt(
  problem: NoiseProblem,
  sizes: ArrayLike<number>,
  { step, refreshEvery, state }: Refresh,
): NoiseState {
  if (state !== undefined && step >= state.step && step - state.step < refreshEvery) {
    const variance = floatsOf("the variances of a kept noise state", state.variance);
    if (variance.length !== sizes.length) {
      throw new RangeError(
        `the kept noise state has ${variance.length} variances, ${sizes.length} are needed: ` +
          "was it made by another noise or for another network?",
      );
    }
    return { step: state.step, variance: jsonFloats(variance) };
  }
  return { step, variance: jsonFloats(cellMeans(sampleVariance(problem), sizes)) };
}

/**
 * The diagonal of the covariance Σ of single-sample gradients (divided by n), [d]: in closed form
 * for dense layers, one pass for all samples; else one pass for each sample, in float64.
 */
function sampleVariance({
  params,
  samples,
  head,
  chunkSize = CHUNK_SIZE,
  outputsOf,
  targetsOf,
}: NoiseProblem): Float64Array {
  const chunksOf = (size: number) =>
    chunkRanges(samples, size).map(({ start, count, weight }) => {
      const indices = Int32Array.from({ length: count }, (_, row) => start + row);
      return {
        samples: count,
        weight,
        loss: (p: ParameterTree) => head(outputsOf(indices)(p), targetsOf(indices)),
      };
    });
  const moments =
    denseGradientMoments({ params, chunks: chunksOf(chunkSize) }) ??
    gradientMoments({ params, chunks: chunksOf(1) });
  return moments.variance;
}

function cellMeans(values: Float64Array, sizes: ArrayLike<number>): Float32Array {
  let from = 0;
  return Float32Array.from(sizes, (size) => {
    let sum = 0;
    for (let j = from; j < from + size; j++) sum += values[j]!;
    from += size;
    return sum / size;
  });
}
