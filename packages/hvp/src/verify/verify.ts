/** Verification of the derivatives of a loss. */

import {
  checkChoice,
  checkTypedOptions,
  lookedAtLater,
  number,
  positiveInteger,
  withMethods,
} from "@eoss/rng/internal";
import type { Tensor } from "@tensorflow/tfjs-core";
import {
  disposeTree,
  flatten,
  layoutOf,
  type ParameterTree,
  unflatten,
} from "../parameters/parameters.js";
import { evaluated } from "../tape/evaluated.js";
import { checkDerivatives, type DerivativeReport, relativeDirection } from "./derivatives.js";
import { type Differentiator, type Loss, retainedTape } from "./differentiator.js";
import { type Composition, checkGaussNewton } from "./gaussNewton.js";
import { checkOps } from "./ops.js";
import {
  type Comparison,
  confirmed,
  type TensorReport,
  type Verdict,
  type VerifyReport,
  worstVerdict,
} from "./report.js";
import { requireSameEachTime } from "./sameEachTime.js";

export interface VerifyOptions<P extends ParameterTree> {
  /** The loss as network and head: Gauss–Newton products are then verified too. */
  readonly composition?: Composition<P>;
  /** Random directions in which products are compared; default 2. */
  readonly directions?: number;
  /** Seed of the directions; default 0. */
  readonly seed?: number;
  /** Check each op alone: when something disagrees (default), or always. */
  readonly ops?: "on-failure" | "always";
  /** The derivatives that are put to the test; default: those of this package. */
  readonly differentiator?: Differentiator;
}

/**
 * Verifies the derivatives of a loss on the backend that is set, tensor by tensor.
 *
 * Nothing is compared with automatic differentiation itself: the gradient is compared with
 * differences of the loss, Hessian products with differences of the gradient, both at several step
 * sizes and with an estimate of their error; products must be symmetric; Gauss–Newton products must
 * follow their definition. When something disagrees, at θ and at a point beside it, each op of the
 * loss is checked alone, to name the wrong one.
 *
 * Networks with kinks (ReLU, max pooling) are differentiated on the smooth piece on which θ lies, as
 * their Hessian is. "disagrees" is beyond ten times the error of the difference, in which rounding
 * is measured; "agrees" is said where a fault of a tenth would have been seen, or a smaller one: see
 * `sensitivity`. Else the verdict is "undecided", and the report says why. Use few samples (16, say):
 * rounding grows with the loss.
 *
 * @param loss a scalar function written with tfjs ops; it is called some hundred times
 * @throws UnverifiedOpError as `linearize`; UnrepeatableLossError if the loss has another value when
 *   it is called again
 * @example
 * const report = verify((p) => mse(model.apply(p, x), y), params);
 * console.log(formatReport(report)); // verdict, and a line for each parameter tensor
 */
export function verify<P extends ParameterTree>(
  loss: (params: P) => Tensor,
  params: P,
  options: VerifyOptions<P> = {},
): VerifyReport {
  checkTypedOptions<VerifyOptions<never>>("verify", options as VerifyOptions<never>, {
    ...{ composition: withMethods("{ outputs, loss }, two functions", "outputs", "loss") },
    ...{ directions: positiveInteger, seed: number, ops: lookedAtLater },
    differentiator: withMethods("{ gradient, hvp }, two functions", "gradient", "hvp"),
  });
  const { composition, directions = 2, seed = 0, differentiator = retainedTape } = options;
  const { ops: when = "on-failure" } = options;
  checkChoice("verify", "ops", when, ["on-failure", "always"]);
  const f: Loss = (p) => evaluated(() => loss(p as P));
  requireSameEachTime(f, params);
  const head = composition && evaluatedParts(composition);
  const check = (p: ParameterTree, seed: number): Checked => ({
    ...checkDerivatives(f, p, differentiator, { directions, seed }),
    gaussNewton: head ? checkGaussNewton(head, p, differentiator, seed) : [],
  });
  let checked = check(params, seed);
  if (verdictOf(checked) === "disagrees") {
    const beside = pointBeside(params, seed);
    checked = confirm(checked, check(beside, seed + 1));
    disposeTree(beside);
  }
  const { gradient, hessian, symmetry, gaussNewton } = checked;
  const tensors = layoutOf(params).entries.map(
    ({ name, shape }, index): TensorReport => ({
      name,
      shape,
      gradient: gradient[index]!,
      hessian: hessian[index]!,
      ...(head && { gaussNewton: gaussNewton[index]! }),
    }),
  );
  const verdict = verdictOf(checked);
  const { ops, culprits } =
    verdict === "disagrees" || when === "always"
      ? checkOps(f, params, differentiator, seed)
      : { ops: [], culprits: [] };
  return { verdict, tensors, symmetry, ops, culprits };
}

interface Checked extends DerivativeReport {
  readonly gaussNewton: readonly Comparison[];
}

function verdictOf({ gradient, hessian, symmetry, gaussNewton }: Checked): Verdict {
  const all = [symmetry, ...gradient, ...hessian, ...gaussNewton];
  return worstVerdict(all.map(({ verdict }) => verdict));
}

/** What disagrees at both of two points. */
function confirm(here: Checked, beside: Checked): Checked {
  const both = (some: readonly Comparison[], others: readonly Comparison[]) =>
    some.map((comparison, index) => confirmed(comparison, others[index]!));
  return {
    gradient: both(here.gradient, beside.gradient),
    hessian: both(here.hessian, beside.hessian),
    symmetry: confirmed(here.symmetry, beside.symmetry),
    gaussNewton: both(here.gaussNewton, beside.gaussNewton),
  };
}

/** Parameters that are moved by one in 64, off ties and kinks. */
function pointBeside<P extends ParameterTree>(params: P, seed: number): P {
  const theta = flatten(params, new Float64Array(layoutOf(params).size));
  const v = relativeDirection(theta, params, seed, BESIDE);
  return unflatten(
    theta.map((x, i) => x + v[i]! / 64),
    params,
  );
}

/** A direction in which nothing is compared. */
const BESIDE = 1000;

function evaluatedParts<P extends ParameterTree>({
  outputs,
  loss,
}: Composition<P>): Composition<ParameterTree> {
  return {
    outputs: (params) => evaluated(() => outputs(params as P)),
    loss: (f) => evaluated(() => loss(f)),
  };
}
