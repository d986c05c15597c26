import type { RandomStream } from "@eoss/rng";
import { requireStream } from "@eoss/rng/internal";
import { checkSizes, checkStep, type Sampler } from "./sampler.js";

/**
 * Batches drawn independently of each other, each uniformly without replacement within itself.
 * The sampling behind the mean in MiniBS, E_B[λmax(H_B)] (Def. 3.1).
 *
 * The batch of step k is `stream.fork(k).sample(n, b)`. Seeking costs nothing.
 *
 * @param samples n
 * @param batchSize b ≤ n
 * @throws RangeError if the sizes do not fit; TypeError without a stream
 */
export function independentBatches(
  samples: number,
  batchSize: number,
  stream: RandomStream,
): Sampler {
  checkSizes(samples, batchSize);
  requireStream("independentBatches", stream);
  return {
    batchSize,
    at(step) {
      checkStep(step);
      return stream.fork(step).sample(samples, batchSize);
    },
  };
}
