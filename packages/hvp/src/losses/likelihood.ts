import type { Scalar, Tensor } from "@tensorflow/tfjs-core";

/**
 * A loss head: network outputs [..., C] and targets of the same shape to the mean loss. Those of this
 * package refuse targets of another shape with a RangeError.
 */
export type LossHead = (outputs: Tensor, targets: Tensor) => Scalar;

/** Numbers that are a pure function of an index; a stream of `@eoss/rng` is one. */
export interface IndexedRandom {
  /** Uniform on [0, 1). */
  uniformAt(index: number): number;
  /** Standard normal. */
  normalAt(index: number): number;
}

/**
 * A loss head that is the negative logarithm of a probability p(y | f), up to a constant.
 *
 * An *observation* is one row of the outputs along the last axis: a sample, or a position of a
 * sequence. The loss is the mean over observations.
 */
export interface Likelihood extends LossHead {
  /**
   * Product with the output Hessian ∂²L/∂f², block-diagonal over observations.
   *
   * These heads have the outputs for natural parameters: the Hessian does not depend on targets,
   * and is the Fisher information of the outputs.
   *
   * @param u shaped like the outputs
   * @returns shaped like the outputs; the caller disposes it
   */
  outputHessian(outputs: Tensor, u: Tensor): Tensor;
  /**
   * Draws targets from p(y | f).
   *
   * @param first index of the first random number; as many are used as there are outputs, at most
   * @returns shaped like the outputs; the caller disposes it
   */
  sampleTargets(outputs: Tensor, stream: IndexedRandom, first: number): Tensor;
}

/**
 * Gives a loss function the other parts of a likelihood, and holds its targets to the outputs' shape:
 * broadcasting would compare each output with the targets of others, as [b, 1] with [b].
 */
export function likelihood(
  loss: LossHead,
  parts: Pick<Likelihood, "outputHessian" | "sampleTargets">,
): Likelihood {
  const head: LossHead = (outputs, targets) => {
    requireSameShape(outputs, targets);
    return loss(outputs, targets);
  };
  return Object.assign(head, parts);
}

/** @throws RangeError */
export function requireSameShape({ shape }: Tensor, targets: Tensor): void {
  if (targets.shape?.join() === shape.join()) return;
  throw new RangeError(
    `the outputs have shape [${shape}], the targets ${targets.shape ? `[${targets.shape}]` : "are no tensor"}: ` +
      "targets are of the outputs' shape (by tf.reshape; class numbers by tf.oneHot)",
  );
}

/** Number of observations: rows along the last axis. */
export function observations(outputs: Tensor): number {
  return outputs.size / outputs.shape.at(-1)!;
}
