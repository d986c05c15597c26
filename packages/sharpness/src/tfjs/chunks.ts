import { chunkRanges, type LossChunk, linearize, type ParameterTree } from "@eoss/hvp";
import type { IndexChunk } from "../loss/engine.js";
import type { SampleSet, TfjsProblem } from "./problem.js";

/** Samples that go through the network together: at most so many, ... */
const MOST_SAMPLES = 1024;
/** ... and no more than a linearisation of about this size holds. */
const MOST_BYTES = 128 * 2 ** 20;
/** Samples of the larger of two probes, from which the bytes of a sample are told. */
const PROBE = 16;

/** The mean loss of some samples as a weighted sum over parts that fit into memory. */
export function chunksOf(problem: TfjsProblem, indices: Int32Array): LossChunk<ParameterTree>[] {
  return indexChunks(problem, problem, indices).map((chunk) => ({
    loss: problem.lossOf(chunk.indices),
    weight: chunk.weight,
  }));
}

/** Splits samples of a set into parts that fit into memory. */
export function indexChunks(
  problem: TfjsProblem,
  set: SampleSet,
  indices: Int32Array,
): IndexChunk[] {
  const whole = indices.length <= PROBE || problem.coupled === true;
  const size = whole ? indices.length : samplesPerChunk(problem.params, set);
  return chunkRanges(indices.length, size).map(({ start, count, weight }) => ({
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
