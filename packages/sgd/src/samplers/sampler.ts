/**
 * An endless sequence of batches that can be entered anywhere: the batch of a step is a function
 * of the step alone, so a resumed or forked run draws what an uninterrupted one would have drawn.
 */
export interface Sampler {
  /** Samples in each batch, b. */
  readonly batchSize: number;
  /** Indices of the samples in the batch of step 0, 1, 2, ..., [b]. */
  at(step: number): Int32Array;
}

/** @throws RangeError unless 1 ≤ batchSize ≤ samples, both integers */
export function checkSizes(samples: number, batchSize: number): void {
  if (!(Number.isInteger(samples) && samples >= 1)) {
    throw new RangeError(`the number of samples must be a positive integer, not ${samples}`);
  }
  if (!(Number.isInteger(batchSize) && batchSize >= 1 && batchSize <= samples)) {
    throw new RangeError(`the batch size must be from 1 to ${samples} samples, not ${batchSize}`);
  }
}
