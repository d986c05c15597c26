import { lookedAtLater } from "@eoss/rng/internal";
import type { Tensor } from "@tensorflow/tfjs-core";
import { linearize } from "../derivatives/linearize.js";
import type { Likelihood, LossHead } from "../losses/likelihood.js";
import type { ParameterTree } from "../parameters/parameters.js";
import { checkHead, checkOperator, KEPT } from "./checks.js";
import {
  type CurvatureOperator,
  type Mean,
  meanOverChunks,
  type OperatorOptions,
} from "./operator.js";
import { type OutputChunk, type OutputMatrix, sandwich } from "./outputs.js";

export interface GaussNewtonOptions<P extends ParameterTree> extends OperatorOptions<P> {
  readonly chunks: readonly OutputChunk<P>[];
  /** Head from outputs and targets to the mean loss of a chunk. */
  readonly head: LossHead | Likelihood;
}

/**
 * The (generalised) Gauss–Newton matrix of a mean loss as an operator for an eigensolver.
 *
 *   G = Σ_k w_k J_kᵀ·(∂²L_k/∂f²)·J_k,   J_k = ∂f/∂θ on chunk k, w_k its share of the samples
 *
 * The Hessian is G plus the curvature of the network itself, weighted by the residuals. G is
 * positive semi-definite where the loss is convex in the outputs.
 *
 * @returns eigenvalues in loss per parameter², like those of the Hessian
 * @throws UnverifiedOpError, RangeError as `hessian`
 * @see Schraudolph (2002), Fast curvature matrix-vector products; Martens (2020), New insights
 *
 * @example
 * // f(x) = θ·x on the inputs 1 and 2: J = [1, 2]ᵀ, and the squared error has ∂²L/∂f² = 2/n: G = 2·(1 + 4)/2.
 * const x = tf.tensor2d([[1], [2]]);
 * const targets = tf.tensor2d([[0], [0]]);
 * const chunks = [{ outputs: ({ theta }) => tf.mul(x, theta), targets, weight: 1 }];
 * const g = gaussNewton({ params: { theta: tf.scalar(1) }, chunks, head: mse });
 * const out = new Float32Array(1);
 * g.apply(Float32Array.of(1), out);
 * out; // Float32Array [5]
 * g.dispose();
 */
export function gaussNewton<P extends ParameterTree>(
  options: GaussNewtonOptions<P>,
): CurvatureOperator {
  checkOperator("gaussNewton", options, { ...KEPT, head: lookedAtLater }, "outputs");
  checkHead("gaussNewton", options.head);
  return gaussNewtonBy(meanOverChunks, options);
}

/** The Gauss–Newton matrix as a mean of one kind over its chunks. */
export function gaussNewtonBy<R, P extends ParameterTree>(
  mean: Mean<R>,
  options: GaussNewtonOptions<P>,
): R {
  const { chunks, head } = options;
  return mean(
    options,
    chunks,
    ({ outputs }) => outputs,
    (outputs, coordinates, { targets }) =>
      sandwich(outputs, targets, head, coordinates, (f) => outputHessianOf(head, f, targets)),
  );
}

/** ∂²L/∂f², by the head's own formula or, for any other head, by differentiating it. */
function outputHessianOf(
  head: LossHead | Likelihood,
  outputs: Tensor,
  targets: Tensor,
): OutputMatrix {
  if ("outputHessian" in head) {
    return { apply: (u) => head.outputHessian(outputs, u), dispose() {} };
  }
  const line = linearize(([f]: readonly Tensor[]) => head(f!, targets), [outputs]);
  return { apply: (u) => line.hvp([u])[0]!, dispose: () => line.dispose() };
}
