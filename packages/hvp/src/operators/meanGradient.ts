import { checkOptions } from "@eoss/rng/internal";
import { add, type Tensor } from "@tensorflow/tfjs-core";
import { gradient } from "../derivatives/linearize.js";
import { mapTree, type ParameterTree, type TensorsOf } from "../parameters/parameters.js";
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
  let loss = 0;
  let sum: TensorsOf<P> | undefined;
  for (const chunk of chunks) {
    const part = gradient(chunk.loss, params, chunk.weight);
    loss += chunk.weight * part.loss.dataSync()[0]!;
    part.loss.dispose();
    sum = sum === undefined ? part.gradient : addTrees(sum, part.gradient);
  }
  if (sum === undefined) throw new RangeError("a mean loss needs at least one chunk");
  return { loss, gradient: sum };
}

/** sum + part; consumes both trees, tensor by tensor. */
function addTrees<P extends ParameterTree>(sum: P, part: P): P {
  const before = Object.values(sum) as Tensor[];
  return mapTree(part, (g, index) => {
    const total = add(before[index]!, g);
    before[index]!.dispose();
    g.dispose();
    return total;
  });
}
