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
  /** Loss head: from outputs and targets of some samples to their mean loss, all counting alike. */
  readonly head: LossHead;
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

const FUNCTIONS = ["head", "outputsOf", "targetsOf"] as const;

/**
 * @throws TypeError for a part that is missing or another thing; RangeError for samples that are none,
 *   and for a network that couples them
 */
export function checkProblem(noise: string, problem: NoiseProblem): void {
  const { samples, coupled } = problem;
  if (!(Number.isSafeInteger(samples) && samples >= 1)) {
    throw new RangeError(
      `samples of the problem is ${samples}; allowed: the number of training samples, from 1 on`,
    );
  }
  for (const part of FUNCTIONS) {
    if (typeof problem[part] === "function") continue;
    const found = JSON.stringify(problem[part]) ?? "missing";
    const remedy = part === "head" ? ", e.g. `mse` of @eoss/hvp" : "";
    throw new TypeError(`${part} of the problem is ${found}; allowed: a function${remedy}`);
  }
  if (!coupled) return;
  throw new RangeError(
    `${noise} noise is made of the gradients of single samples, and this network couples the samples ` +
      "of a batch (batch normalisation): use a network without that, or train with mini-batches",
  );
}
