/** Samples as a network sees them, and their weights. */

import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { jacobian } from "../derivatives/jacobian.js";
import { gradient } from "../derivatives/linearize.js";
import type { LossHead } from "../losses/likelihood.js";
import { disposeTree, type ParameterTree } from "../parameters/parameters.js";
import type { ChunkCurvature } from "./operator.js";

/** A part of the samples, as a network sees it; the weights of all chunks sum to one. */
export interface OutputChunk<P extends ParameterTree> {
  /** Outputs of the network for these samples, [b, C] or [b, time, C]. */
  readonly outputs: (params: P) => Tensor;
  /** Targets of these samples, shaped like the outputs. */
  readonly targets: Tensor;
  readonly weight: number;
}

/** A symmetric matrix M on the outputs of a chunk, factor 1/b included. */
export interface OutputMatrix {
  /** M·u, both shaped like the outputs; the caller disposes the result. */
  apply(u: Tensor): Tensor;
  dispose(): void;
}

/**
 * Curvature Jᵀ·M·J of a chunk, for a matrix M on its outputs: one pass forward (J·v), one backward.
 *
 * @param matrixOf M from the outputs, and from the gradient r = ∂L/∂f of the mean loss (disposed
 *   by the caller of `matrixOf`)
 */
export function sandwich(
  outputs: (params: ParameterTree) => Tensor,
  targets: Tensor,
  loss: LossHead,
  params: ParameterTree,
  matrixOf: (outputs: Tensor, residual: Tensor) => OutputMatrix,
): ChunkCurvature {
  const j = jacobian(outputs, params);
  let head: { loss: Scalar; gradient: readonly Tensor[] };
  try {
    head = gradient(([f]: readonly Tensor[]) => loss(f!, targets), [j.outputs]);
  } catch (error) {
    j.dispose();
    throw error;
  }
  const residual = head.gradient[0]!;
  const matrix = matrixOf(j.outputs, residual);
  const slope = j.vjp(residual);
  residual.dispose();
  return {
    loss: head.loss,
    gradient: slope,
    get bytes() {
      return j.bytes;
    },
    product(v) {
      const u = j.jvp(v);
      const w = matrix.apply(u);
      const product = j.vjp(w);
      u.dispose();
      w.dispose();
      return product;
    },
    dispose() {
      j.dispose();
      matrix.dispose();
      head.loss.dispose();
      disposeTree(slope);
    },
  };
}
