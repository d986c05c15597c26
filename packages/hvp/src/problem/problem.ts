/** A training loss as the packages of eoss take it. */

import type { Tensor } from "@tensorflow/tfjs-core";
import type { Likelihood, LossHead } from "../losses/likelihood.js";
import type { ParameterTree } from "../parameters/parameters.js";

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
  /**
   * Outputs of the network for some samples, of shape [samples, C] or [samples, time, C], as a function
   * of the parameters.
   */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  outputsOf?(indices: Int32Array): (params: any) => Tensor;
  /** Targets of some samples, shaped like the outputs, e.g. one-hot; whoever asks disposes them. */
  targetsOf?(indices: Int32Array): Tensor;
}

/**
 * A training loss at fixed parameters, as functions of sample indices. One object goes to `batchGradient`,
 * to the noises of `@eoss/noise` (which need outputs, targets and head) and, with a batch size, to
 * `measure` of `@eoss/sharpness`. After a step, `{ ...problem, params }` is the problem at the new ones.
 */
export interface LossProblem<P extends ParameterTree = ParameterTree> extends SampleSet {
  /** θ; stays the caller's. */
  readonly params: P;
  /**
   * Whether the loss of a sample depends on the others it goes through the network with, as with
   * batch normalisation. Then a batch cannot be cut into chunks, and memory grows with its size.
   */
  readonly coupled?: boolean;
  /** Loss head: from outputs and targets of some samples to their mean loss. */
  readonly head?: LossHead | Likelihood;
  /**
   * Samples that go through the network together. Memory grows with it; where it is left out, as many as
   * a linearisation of about 128 MB holds (the noises: 128).
   */
  readonly chunkSize?: number;
}
