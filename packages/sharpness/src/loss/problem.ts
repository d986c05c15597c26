import type { Likelihood, LossHead, ParameterTree } from "@eoss/hvp";
import type { Hyperparameters, Optimizer, OptimizerState } from "@eoss/sgd";
import type { Tensor } from "@tensorflow/tfjs-core";

/** A loss over samples, each known by its index, and the network behind it where there is one. */
export interface SampleSet {
  /** n, the number of samples. */
  readonly samples: number;
  /**
   * The mean loss of some samples as a function of the parameters, written with tfjs ops.
   *
   * @param indices of the samples, each from 0 to n − 1
   */
  // biome-ignore lint/suspicious/noExplicitAny: whatever tree `params` is, its loss takes
  lossOf(indices: Int32Array): (params: any) => Tensor;
  /** Outputs of the network for some samples, [b, C], as a function of the parameters. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  outputsOf?(indices: Int32Array): (params: any) => Tensor;
  /** Targets of some samples, shaped like the outputs, e.g. one-hot; the caller disposes them. */
  targetsOf?(indices: Int32Array): Tensor;
}

/** The update rule of the training, as it stands before its next step. */
export interface Update {
  /** η of the next step. */
  readonly learningRate: number;
  readonly optimizer: Optimizer;
  /** State of the optimizer; stays the caller's. */
  readonly state: OptimizerState;
  /** Options of the optimizer beside η; its defaults where left out. */
  readonly options?: Hyperparameters;
}

/**
 * What is measured: a training loss at fixed parameters, and the batches that SGD draws from it.
 * What is optional is needed by some quantities only; `checkNeeds` says by which.
 */
export interface Problem extends SampleSet {
  /** θ; stays the caller's. */
  readonly params: ParameterTree;
  /** b, samples of a training batch. */
  readonly batchSize: number;
  /**
   * Whether the loss of a sample depends on the others it goes through the network with, as with
   * batch normalisation. Then a batch cannot be cut into chunks, and memory grows with its size.
   */
  readonly coupled?: boolean;
  /** Loss head: from outputs and targets to the mean loss, for training and held-out samples. */
  readonly head?: LossHead | Likelihood;
  /** Samples that training never sees. */
  readonly heldOut?: SampleSet;
  /** Indices of the batch that the next step takes. */
  readonly stepBatch?: Int32Array;
  readonly update?: Update;
  /** θ₀, where training began. */
  readonly initialParams?: ParameterTree;
}
