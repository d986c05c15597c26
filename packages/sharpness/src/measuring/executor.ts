import type { Multiply } from "../loss/engine.js";
import type { BatchReading } from "./accumulator.js";

/**
 * Does parts of a measurement for it, e.g. in threads that each hold the problem.
 *
 * @experimental
 */
export interface Executor {
  /** Batches that it should have at hand, so that it is never idle; at least 1. */
  readonly concurrency: number;
  /**
   * What `readBatch` gives for a batch, with the problem and the options of this measurement.
   *
   * @param index of the batch
   * @param quantities names of the batch quantities that look at it
   * @param signal is aborted when the readings are no longer wanted
   */
  read(
    index: number,
    quantities: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly BatchReading[]>;
  /**
   * Products of the Hessians of the losses of some samples each, at the parameters of this measurement.
   * Without, they are made in place.
   *
   * @param chunks of the training samples, the same at each call of a measurement
   * @param x [d]
   * @param use is given H_k·x, [d], for one chunk after the other, in their order
   */
  multiply?: Multiply;
}
