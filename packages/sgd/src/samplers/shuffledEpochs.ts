import type { RandomStream } from "@eoss/rng";
import { checkChoice, checkOptions, requireStream } from "@eoss/rng/internal";
import { checkSizes, checkStep, type Sampler } from "./sampler.js";

export interface ShuffledEpochsOptions {
  /**
   * What becomes of the n mod b samples that are left at the end of an epoch: "drop" leaves them out
   * (the default, as the paper's authors do), "keep" makes a smaller batch of them.
   */
  readonly lastBatch?: "drop" | "keep";
}

/**
 * A new shuffle each epoch, cut into batches. The sampling of the paper's authors.
 *
 * Epoch e is the permutation `stream.fork(e).shuffle(n)`; it has ⌊n/b⌋ batches, or ⌈n/b⌉ if the last
 * is kept. Seeking costs one shuffle, O(n).
 *
 * @param samples n
 * @param batchSize b ≤ n
 * @throws RangeError if the sizes or options do not fit; TypeError without a stream
 */
export function shuffledEpochs(
  samples: number,
  batchSize: number,
  stream: RandomStream,
  options: ShuffledEpochsOptions = {},
): Sampler {
  checkSizes(samples, batchSize);
  requireStream("shuffledEpochs", stream);
  checkOptions("shuffledEpochs", options, ["lastBatch"]);
  const { lastBatch = "drop" } = options;
  checkChoice("shuffledEpochs", "lastBatch", lastBatch, ["drop", "keep"]);
  const round = lastBatch === "drop" ? Math.floor : Math.ceil;
  const batches = round(samples / batchSize);
  let epoch = -1;
  let order: Int32Array = new Int32Array(0);

  return {
    batchSize,
    at(step) {
      checkStep(step);
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
