/** The Hessian as an operator. */

import type { Tensor } from "@tensorflow/tfjs-core";
import { type LossRecord, recordedLinearization } from "../derivatives/linearize.js";
import type { ParameterTree } from "../parameters/parameters.js";
import {
  type DualOptions,
  type GaussNewtonDual,
  gaussNewtonDual,
} from "../reduce/gaussNewtonDual.js";
import { checkOperator, KEPT } from "./checks.js";
import {
  type CurvatureOperator,
  type Mean,
  meanOverChunks,
  type OperatorOptions,
} from "./operator.js";

/** A part of a mean loss: L = Σ weight·loss over the chunks; the weights of all chunks sum to one. */
export interface LossChunk<P extends ParameterTree> {
  readonly loss: (params: P) => Tensor;
  readonly weight: number;
}

export interface HessianOptions<P extends ParameterTree> extends OperatorOptions<P> {
  readonly chunks: readonly LossChunk<P>[];
}

/** The Hessian as an operator; `apply` is H·x. */
export interface HessianOperator extends CurvatureOperator {
  /**
   * The Gauss–Newton matrix of the same loss by its dual, in the same coordinates: cheap where a
   * small batch goes through dense layers alone. The caller disposes it.
   *
   * @returns undefined for other losses, larger batches, several chunks, and where the record of the
   *   loss is not kept: after `dispose`, or with fewer `retainBytes` than it takes
   */
  gaussNewtonDual(options?: DualOptions): GaussNewtonDual | undefined;
}

/**
 * The Hessian of a mean loss as an operator for an eigensolver.
 *
 *   H = Σ_k w_k ∇²L_k(θ),   chunk k a part of the samples, w_k its share of them
 *
 * @returns eigenvalues of H are in loss per parameter² and compare with 2/η
 * @throws UnverifiedOpError as `linearize`; RangeError for a block that is none, an unknown option, or
 *   weights that do not sum to one
 *
 * @example
 * // L(a, b) = (a·b − 1)² at a = 2, b = 1: ∇L = 2(ab − 1)·(b, a), H = 2·[[b², 2ab − 1], [2ab − 1, a²]].
 * const loss = ({ a, b }) => tf.square(tf.sub(tf.mul(a, b), 1));
 * const params = { a: tf.scalar(2), b: tf.scalar(1) };
 * const h = hessian({ params, chunks: [{ loss, weight: 1 }] });
 * const out = new Float32Array(2);
 * h.apply(Float32Array.of(1, 0), out);
 * out; // Float32Array [2, 6]
 * h.dispose();
 */
export function hessian<P extends ParameterTree>(options: HessianOptions<P>): HessianOperator {
  checkOperator("hessian", options, KEPT, "loss");
  let dual: HessianOperator["gaussNewtonDual"] = () => undefined;
  const operator = hessianBy(meanOverChunks, options, (record) => {
    dual = (most) => gaussNewtonDual(record, most);
  });
  return Object.assign(operator, {
    gaussNewtonDual: (most?: DualOptions) => dual(most),
  });
}

/**
 * The Hessian as a mean of one kind over its chunks.
 *
 * @param single told the record of a loss that is one chunk
 */
export function hessianBy<R, P extends ParameterTree>(
  mean: Mean<R>,
  options: HessianOptions<P>,
  single: (record: LossRecord) => void = () => {},
): R {
  return mean(
    options,
    options.chunks,
    ({ loss }) => loss,
    (loss, coordinates, { weight }) => {
      const { linearization, record } = recordedLinearization(loss, coordinates);
      if (weight === 1) single(record);
      return {
        loss: linearization.loss,
        gradient: linearization.gradient,
        bytes: linearization.bytes,
        product: (v) => linearization.hvp(v),
        dispose: () => linearization.dispose(),
      };
    },
  );
}
