import type { RandomStream } from "@eoss/rng";
import { checkSizes, type Sampler } from "./sampler.js";

/**
 * A new shuffle each epoch, cut into batches; the last partial batch is dropped. The sampling of the
 * paper's authors.
 *
 * Epoch e is the permutation `stream.fork(e).shuffle(n)`. Seeking costs one shuffle, O(n).
 *
 * @param samples n
 * @param batchSize b ≤ n
 * @throws RangeError if the sizes do not fit
 */
export function shuffledEpochs(samples: number, batchSize: number, stream: RandomStream): Sampler {
  checkSizes(samples, batchSize);
  const batches = Math.floor(samples / batchSize);
  let epoch = -1;
  let order: Int32Array = new Int32Array(0);

  return {
    batchSize,
    at(step) {
      const wanted = Math.floor(step / batches);
      if (wanted !== epoch) {
        order = stream.fork(wanted).shuffle(samples);
        epoch = wanted;
      }
      const start = (step % batches) * batchSize;
      return order.slice(start, start + batchSize);
    },
  };
}
