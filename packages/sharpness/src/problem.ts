import type { ParameterTree } from "@eoss/hvp";
import type { Tensor } from "@tensorflow/tfjs-core";

/** What is measured: a training loss at fixed parameters, and the batches that SGD draws from it. */
export interface Problem {
  /** θ; stays the caller's. */
  readonly params: ParameterTree;
  /** n, samples of the training set. */
  readonly samples: number;
  /** b, samples of a training batch. */
  readonly batchSize: number;
  /**
   * Whether the loss of a sample depends on the others it goes through the network with, as with
   * batch normalisation. Then a batch cannot be cut into chunks, and memory grows with its size.
   */
  readonly coupled?: boolean;
  /**
   * The mean loss of some samples as a function of the parameters, written with tfjs ops.
   *
   * @param indices of the samples, each from 0 to n − 1
   */
  // biome-ignore lint/suspicious/noExplicitAny: whatever tree `params` is, its loss takes
  lossOf(indices: Int32Array): (params: any) => Tensor;
}
