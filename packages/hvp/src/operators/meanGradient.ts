import { add, mul, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { gradient } from "../linearize.js";
import { disposeTree, mapTree, type ParameterTree } from "../parameters.js";
import type { LossChunk } from "./hessian.js";

/**
 * Loss and gradient of a mean loss, one chunk after another, so that memory is that of one chunk.
 *
 *   L = Σ_k w_k L_k(θ),   g = Σ_k w_k ∇L_k(θ)
 *
 * @returns g shaped like the parameters; the caller disposes it
 * @throws UnverifiedOpError, TypeError as `linearize`; RangeError without chunks
 */
export function meanGradient<P extends ParameterTree>(
  params: P,
  chunks: readonly LossChunk<P>[],
): { loss: number; gradient: P } {
  let loss = 0;
  let sum: P | undefined;
  for (const chunk of chunks) {
    const part = gradient(chunk.loss, params);
    loss += chunk.weight * part.loss.dataSync()[0]!;
    part.loss.dispose();
    sum = addWeighted(sum, chunk.weight, part.gradient);
  }
  if (sum === undefined) throw new RangeError("a mean loss needs at least one chunk");
  return { loss, gradient: sum };
}

/** sum + weight·part; consumes both trees. */
function addWeighted<P extends ParameterTree>(sum: P | undefined, weight: number, part: P): P {
  if (sum === undefined && weight === 1) return part;
  const before = sum === undefined ? [] : (Object.values(sum) as Tensor[]);
  const result = mapTree(part, (g, index) =>
    tidy(() => {
      const scaled = mul(g, weight);
      return before[index] === undefined ? scaled : add(before[index], scaled);
    }),
  );
  disposeTree(part);
  disposeTree(before);
  return result;
}
