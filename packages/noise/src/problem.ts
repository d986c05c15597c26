import type { LossHead, ParameterTree } from "@eoss/hvp";
import type { Tensor } from "@tensorflow/tfjs-core";

/** Samples that go through a network together, unless a problem says otherwise. */
export const CHUNK_SIZE = 128;

/** A training loss at fixed parameters, taken apart so that single samples can be weighted. */
export interface NoiseProblem<P extends ParameterTree = ParameterTree> {
  /** θ; stays the caller's. */
  readonly params: P;
  /** n, samples of the training set. */
  readonly samples: number;
  /**
   * Whether the loss of a sample depends on the others it goes through the network with, as with
   * batch normalisation. Then no sample has a gradient of its own, and every noise refuses.
   */
  readonly coupled?: boolean;
  /** From outputs and targets of some samples to their mean loss, all samples counting alike. */
  readonly loss: LossHead;
  /** Samples that go through the network together; default 128. Memory grows with it. */
  readonly chunkSize?: number;
  /**
   * The outputs of some samples as a function of the parameters, written with tfjs ops.
   *
   * @param indices of the samples, each from 0 to n − 1
   * @returns function to outputs of shape [samples, C] or [samples, time, C]
   */
  // biome-ignore lint/suspicious/noExplicitAny: whatever tree `params` is, its network takes
  outputsOf(indices: Int32Array): (params: any) => Tensor;
  /** Targets of some samples, shaped like their outputs: a new tensor, which the noise disposes. */
  targetsOf(indices: Int32Array): Tensor;
}
