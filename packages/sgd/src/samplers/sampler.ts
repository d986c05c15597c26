/** An endless sequence of batches, entered at any step. */
export interface Batches {
  /** Indices of the samples in the batch of step 0, 1, 2, ..., [b]; the caller's to change. */
  at(step: number): Int32Array;
}

/**
 * An endless sequence of batches that can be entered anywhere: the batch of a step is a function
 * of the step alone, so a resumed or forked run draws what an uninterrupted one would have drawn.
 */
export interface Sampler extends Batches {
  /** Samples in a batch, b. Only kept last batches and lists of unequal length have fewer. */
  readonly batchSize: number;
}

/** @throws RangeError unless samples ≥ 1 and 1 ≤ batchSize ≤ most, all integers */
export function checkSizes(samples: number, batchSize: number, most = samples): void {
  if (!(Number.isInteger(samples) && samples >= 1)) {
    throw new RangeError(`the number of samples must be a positive integer, not ${samples}`);
  }
  if (!(Number.isInteger(batchSize) && batchSize >= 1 && batchSize <= most)) {
    throw new RangeError(`the batch size must be from 1 to ${most} samples, not ${batchSize}`);
  }
}

/** @throws RangeError unless the step is an integer from 0 on */
export function checkStep(step: number): void {
  if (!(Number.isSafeInteger(step) && step >= 0)) {
    throw new RangeError(`the step must be an integer from 0 on, not ${step}`);
  }
}
