/** The samples of a problem in parts that fit into memory. */

import { linearize } from "../derivatives/linearize.js";
import { chunkRanges } from "../operators/chunks.js";
import type { LossChunk } from "../operators/hessian.js";
import type { ParameterTree, TensorsOf } from "../parameters/parameters.js";
import type { LossProblem, SampleSet } from "./problem.js";

/** Samples that go through the network together: at most so many, ... */
const MOST_SAMPLES = 1024;
/** ... and no more than a linearisation of about this size holds. */
const MOST_BYTES = 128 * 2 ** 20;
/** Samples of the larger of two probes, from which the bytes of a sample are told. */
const PROBE = 16;

/**
 * The mean loss of some samples as a weighted sum over parts that fit into memory: `chunks` of `hessian`,
 * `meanGradient` and other operators.
 *
 * @param indices of the samples, each from 0 to n − 1
 */
export function lossChunks<P extends ParameterTree>(
  problem: LossProblem<P>,
  indices: Int32Array,
): LossChunk<TensorsOf<P>>[] {
  return indexChunks(problem, problem, indices).map((chunk) => ({
    loss: problem.lossOf(chunk.indices),
    weight: chunk.weight,
  }));
}

/** Splits samples of a set into parts that fit into memory, each with its share of them. */
export function indexChunks(
  { params, coupled, chunkSize }: Pick<LossProblem, "params" | "coupled" | "chunkSize">,
  set: SampleSet,
  indices: Int32Array,
): { readonly indices: Int32Array; readonly weight: number }[] {
  const size = () => (indices.length <= PROBE ? PROBE : samplesPerChunk(params, set));
  const most = coupled ? indices.length : (chunkSize ?? size());
  return chunkRanges(indices.length, most).map(({ start, count, weight }) => ({
    indices: indices.subarray(start, start + count),
    weight,
  }));
}

/** What was found out about a loss stays true at other parameters of the same shapes. */
const chunkSizes = new WeakMap<SampleSet["lossOf"], number>();

/**
 * Samples whose linearisation takes about `MOST_BYTES`. The bytes of one sample are the difference
 * of two small linearisations, in which what all samples share cancels.
 */
export function samplesPerChunk(params: ParameterTree, { samples, lossOf }: SampleSet): number {
  const known = chunkSizes.get(lossOf);
  if (known !== undefined) return known;
  const bytesOf = (count: number): number => {
    const first = Int32Array.from({ length: count }, (_, index) => index % samples);
    const linearization = linearize(lossOf(first), params);
    const { bytes } = linearization;
    linearization.dispose();
    return bytes;
  };
  const perSample = (bytesOf(PROBE) - bytesOf(PROBE / 2)) / (PROBE / 2);
  const size = Math.max(1, Math.min(MOST_SAMPLES, Math.floor(MOST_BYTES / Math.max(1, perSample))));
  chunkSizes.set(lossOf, size);
  return size;
}
