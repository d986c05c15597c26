import { checkOptions } from "@eoss/rng/internal";
import { dispose, type Scalar } from "@tensorflow/tfjs-core";
import { gradient } from "../derivatives/linearize.js";
import { atOnce } from "../parameters/entries.js";
import { PairwiseSums } from "../parameters/pairwiseSums.js";
import { disposeTree, type ParameterTree, type TensorsOf } from "../parameters/parameters.js";
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
 *
 * @example
 * // The mean of (θ − 1)² and (θ − 3)² at θ = 0: 5, with the slope −4.
 * const about = (y) => ({ loss: ([theta]) => tf.square(tf.sub(theta, y)), weight: 0.5 });
 * const at = meanGradient({ params: [tf.scalar(0)], chunks: [about(1), about(3)] });
 * at.loss; // 5
 * at.gradient[0].arraySync(); // -4
 */
export function meanGradient<P extends ParameterTree>(
  options: MeanLoss<P>,
): { loss: number; gradient: TensorsOf<P> } {
  const { losses, gradient } = summed(options);
  try {
    const read = (loss: Scalar) => atOnce("meanGradient", () => loss.dataSync())[0]!;
    return { loss: mean(options, losses.map(read)), gradient };
  } finally {
    dispose(losses);
  }
}

/** The same, for every backend: the loss is there when it arrives. */
export async function meanGradientLater<P extends ParameterTree>(
  options: MeanLoss<P>,
): Promise<{ loss: number; gradient: TensorsOf<P> }> {
  const { losses, gradient } = summed(options);
  try {
    const numbers = await Promise.all(losses.map((loss) => loss.data()));
    return {
      loss: mean(
        options,
        numbers.map(([loss]) => loss!),
      ),
      gradient,
    };
  } catch (error) {
    disposeTree(gradient);
    throw error;
  } finally {
    dispose(losses);
  }
}

interface MeanLoss<P extends ParameterTree> {
  readonly params: P;
  readonly chunks: readonly LossChunk<TensorsOf<P>>[];
}

/** The loss of each chunk, and the gradient of their mean. */
function summed<P extends ParameterTree>(options: MeanLoss<P>) {
  checkOptions("meanGradient", options, ["params", "chunks"]);
  const { params, chunks } = options;
  checkChunks("meanGradient", chunks, "loss");
  checkWeights("meanGradient", chunks);
  if (chunks.length === 0) throw new RangeError("a mean loss needs at least one chunk");
  const losses: Scalar[] = [];
  const sums = new PairwiseSums<TensorsOf<P>>();
  for (const chunk of chunks) {
    const part = gradient(chunk.loss, params, chunk.weight);
    losses.push(part.loss);
    sums.add(part.gradient);
  }
  return { losses, gradient: sums.total() };
}

function mean<P extends ParameterTree>({ chunks }: MeanLoss<P>, losses: readonly number[]): number {
  return chunks.reduce((sum, { weight }, index) => sum + weight * losses[index]!, 0);
}
