/** The Fisher matrix as an operator. */

import { checkChoice, lookedAtLater } from "@eoss/rng/internal";
import { add, dispose, keep, mul, sum, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { gradient } from "../derivatives/linearize.js";
import {
  type IndexedRandom,
  type Likelihood,
  type LossHead,
  observations,
} from "../losses/likelihood.js";
import type { ParameterTree } from "../parameters/parameters.js";
import { checkHead, checkOperator, KEPT } from "./checks.js";
import { type GaussNewtonOptions, gaussNewtonBy } from "./gaussNewton.js";
import { type CurvatureOperator, type Mean, meanOverChunks } from "./operator.js";
import { type OutputMatrix, sandwich } from "./outputs.js";

/** Whose targets the gradients of the Fisher matrix have. */
export type FisherKind =
  /** Expectation over targets drawn from the model, in closed form. */
  | { readonly kind: "true" }
  /** The same expectation, estimated from `draws` sets of targets (default 1). */
  | { readonly kind: "sampled"; readonly stream: IndexedRandom; readonly draws?: number }
  /** The targets of the data. */
  | { readonly kind: "empirical" };

export type FisherOptions<P extends ParameterTree> = GaussNewtonOptions<P> & FisherKind;

/**
 * Fisher information of a network as an operator for an eigensolver.
 *
 *   F = 1/n · Σ_i E_y[ ∇ℓ_i(y) ∇ℓ_i(y)ᵀ ],   ℓ_i(y) the loss of observation i with target y
 *
 * *True*: y drawn from the model's p(y | f_i). For the heads of this package, whose outputs are
 * natural parameters, the expectation is the Gauss–Newton matrix (squared error: a normal
 * distribution with variance ½). *Sampled*: a Monte Carlo mean over `draws` targets for each
 * observation, unbiased. *Empirical*: y the given target, which is no expectation, and a different
 * matrix.
 *
 * All are Jᵀ·M·J with M block-diagonal over observations, r·rᵀ with r = ∂ℓ_i/∂f_i, so a product
 * costs the same for any number of samples drawn. An observation is a row of the outputs along the
 * last axis: in a sequence, each position is one.
 *
 * @returns eigenvalues in loss² per parameter² (true, for likelihoods: loss per parameter²)
 * @throws TypeError if targets shall be drawn and the loss head is not a likelihood
 * @see Kunstner, Hennig, Balles (2019), Limitations of the empirical Fisher approximation
 *
 * @example
 * // f(x) = θ·x on the inputs 1 and 2: J = [1, 2]ᵀ. The empirical Fisher with residuals r = θ·x − y has the mean of (2r·x)².
 * const x = tf.tensor2d([[1], [2]]);
 * const targets = tf.tensor2d([[0], [0]]);
 * const chunks = [{ outputs: ({ theta }) => tf.mul(x, theta), targets, weight: 1 }];
 * const f = fisher({ params: { theta: tf.scalar(1) }, chunks, head: mse, kind: "empirical" });
 * const out = new Float32Array(1);
 * f.apply(Float32Array.of(1), out);
 * out; // Float32Array [34]
 * f.dispose();
 */
export function fisher<P extends ParameterTree>(options: FisherOptions<P>): CurvatureOperator {
  const { kind } = options;
  checkChoice("fisher", "kind", kind, ["true", "sampled", "empirical"]);
  const drawn = { stream: lookedAtLater, draws: lookedAtLater };
  const own = { ...KEPT, head: lookedAtLater, kind: lookedAtLater };
  const known = kind === "sampled" ? { ...own, ...drawn } : own;
  checkOperator(`fisher of kind ${kind}`, options, known, "outputs");
  checkHead("fisher", options.head);
  return fisherBy(meanOverChunks, options);
}

/** The Fisher matrix as a mean of one kind over its chunks. */
export function fisherBy<R, P extends ParameterTree>(mean: Mean<R>, options: FisherOptions<P>): R {
  const { chunks, head, kind, ...rest } = options;
  if (kind === "true") {
    asLikelihood(head);
    return gaussNewtonBy(mean, { ...rest, chunks, head });
  }
  if (kind === "sampled") checkDraws(options);
  // Each chunk draws from a range of its own, the same again when it is linearised anew.
  let next = 0;
  const firsts: number[] = [];

  return mean(
    options,
    chunks,
    ({ outputs }) => outputs,
    (network, coordinates, { targets }, index) =>
      sandwich(network, targets, head, coordinates, (outputs, residual) => {
        if (kind === "empirical") return outerProducts([keep(residual.clone())]);
        const { stream, draws = 1 } = options;
        const first = (firsts[index] ??= next);
        next = Math.max(next, first + draws * outputs.size);
        const residuals = Array.from({ length: draws }, (_, draw) =>
          drawnResidual(asLikelihood(head), outputs, stream, first + draw * outputs.size),
        );
        return outerProducts(residuals);
      }),
  );
}

function checkDraws({ stream, draws = 1 }: FisherKind & { readonly kind: "sampled" }): void {
  if (!(Number.isInteger(draws) && draws >= 1)) {
    throw new RangeError(`draws must be a positive integer, got ${draws}`);
  }
  if (typeof stream?.uniformAt !== "function") {
    throw new TypeError('fisher draws from `stream`, such as stream(0, "fisher") of @eoss/rng');
  }
}

/** ∂L/∂f of the mean loss with targets drawn from the model. */
function drawnResidual(
  head: Likelihood,
  outputs: Tensor,
  stream: IndexedRandom,
  first: number,
): Tensor {
  const targets = head.sampleTargets(outputs, stream, first);
  const { loss, gradient: residual } = gradient(
    ([f]: readonly Tensor[]) => head(f!, targets),
    [outputs],
  );
  targets.dispose();
  loss.dispose();
  return residual[0]!;
}

/**
 * M = 1/(D·b) Σ_draws r·rᵀ for each observation.
 *
 * @param residuals gradients of the *mean* loss of b observations, r/b each; owned from now on
 */
function outerProducts(residuals: readonly Tensor[]): OutputMatrix {
  return {
    apply: (u) =>
      tidy(() => {
        const scale = observations(u) / residuals.length;
        return residuals
          .map((r) => mul(r, mul(sum(mul(r, u), -1, true), scale)))
          .reduce((total, term) => add(total, term));
      }),
    dispose: () => dispose([...residuals]),
  };
}

function asLikelihood(head: LossHead | Likelihood): Likelihood {
  if ("sampleTargets" in head) return head;
  throw new TypeError(
    "this loss head is no likelihood: it does not say how targets are drawn from the model",
  );
}
