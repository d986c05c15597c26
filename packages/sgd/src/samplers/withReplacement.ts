import type { RandomStream } from "@eoss/rng";
import { requireStream } from "@eoss/rng/internal";
import { checkSizes, checkStep, type Sampler } from "./sampler.js";

/**
 * Batches of b independent uniform draws: a sample can be in a batch more than once. Then the noise
 * of the gradient has covariance C/b exactly, with C that of one sample.
 *
 * Draw i of step k is ⌊n · stream.fork(k).uniformAt(i)⌋. Seeking costs nothing.
 *
 * @param samples n
 * @param batchSize b, also above n
 * @throws RangeError if the sizes are no positive integers; TypeError without a stream
 */
export function withReplacement(samples: number, batchSize: number, stream: RandomStream): Sampler {
  checkSizes(samples, batchSize, Number.MAX_SAFE_INTEGER);
  requireStream("withReplacement", stream);
  return {
    batchSize,
    at(step) {
      checkStep(step);
      const draws = stream.fork(step);
      return Int32Array.from({ length: batchSize }, (_, i) =>
        Math.floor(draws.uniformAt(i) * samples),
      );
    },
  };
}
