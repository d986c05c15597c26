import { meanGradient, meanGradientLater } from "../operators/meanGradient.js";
import type { ParameterTree, TensorsOf } from "../parameters/parameters.js";
import { lossChunks } from "./chunks.js";
import type { LossProblem } from "./problem.js";

/**
 * Loss and gradient of a mini-batch, the step of SGD before its update: 1/b · Σ_{i∈B} ∇ℓ_i(θ). Batches
 * that do not fit into memory go through the network in chunks.
 *
 * @param indices of the samples of the batch, each from 0 to n − 1
 * @returns the gradient shaped like the parameters; the caller disposes it
 * @throws UnverifiedOpError, TypeError as `linearize`; RangeError for an empty batch, or an index that no
 *   sample has
 */
export function batchGradient<P extends ParameterTree>(
  problem: LossProblem<P>,
  indices: Int32Array,
): { loss: number; gradient: TensorsOf<P> } {
  return meanGradient(meanLoss(problem, indices));
}

/** The same, for every backend: the loss is there when it arrives. */
export async function batchGradientLater<P extends ParameterTree>(
  problem: LossProblem<P>,
  indices: Int32Array,
): Promise<{ loss: number; gradient: TensorsOf<P> }> {
  return meanGradientLater(meanLoss(problem, indices));
}

function meanLoss<P extends ParameterTree>(problem: LossProblem<P>, indices: Int32Array) {
  const { params, samples } = problem;
  if (!(indices instanceof Int32Array)) {
    throw new TypeError("a batch is an Int32Array of the indices of its samples");
  }
  if (indices.length === 0) throw new RangeError("a batch has at least one sample");
  const wrong = indices.find((index) => index < 0 || index >= samples);
  if (wrong !== undefined) {
    throw new RangeError(`the batch has the index ${wrong}; allowed: from 0 to ${samples - 1}`);
  }
  return { params, chunks: lossChunks(problem, indices) };
}
