import { checkOptions } from "@eoss/rng/internal";
import { gradient } from "../derivatives/linearize.js";
import { atOnce } from "../parameters/entries.js";
import { PairwiseSums } from "../parameters/pairwiseSums.js";
import type { ParameterTree, TensorsOf } from "../parameters/parameters.js";
import { checkChunks, checkWeights } from "./checks.js";
import type { LossChunk } from "./hessian.js";

/**
 * Loss and gradient of a mean loss, one chunk after another, so that memory is that of one chunk.
 *
 *   L = Σ_k w_k L_k(θ),   g = Σ_k w_k ∇L_k(θ)
 *
 * @returns g shaped like the parameters; the caller disposes it
 * @throws UnverifiedOpError, TypeError as `linearize`; RangeError without chunks, if weights do not sum
 *   to one, or for an option that it does not have
 */
export function meanGradient<P extends ParameterTree>(options: {
  readonly params: P;
  readonly chunks: readonly LossChunk<TensorsOf<P>>[];
}): { loss: number; gradient: TensorsOf<P> } {
  checkOptions("meanGradient", options, ["params", "chunks"]);
  const { params, chunks } = options;
  checkChunks("meanGradient", chunks, "loss");
  checkWeights("meanGradient", chunks);
  if (chunks.length === 0) throw new RangeError("a mean loss needs at least one chunk");
  let loss = 0;
  const sums = new PairwiseSums<TensorsOf<P>>();
  for (const chunk of chunks) {
    const part = gradient(chunk.loss, params, chunk.weight);
    loss += chunk.weight * atOnce("meanGradient", () => part.loss.dataSync())[0]!;
    part.loss.dispose();
    sums.add(part.gradient);
  }
  return { loss, gradient: sums.total() };
}
