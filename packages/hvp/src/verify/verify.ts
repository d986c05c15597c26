import type { Tensor } from "@tensorflow/tfjs-core";
import { evaluated } from "../evaluated.js";
import type { ParameterTree } from "../parameters.js";
import { layoutOf } from "../parameters.js";
import { checkDerivatives } from "./derivatives.js";
import { type Differentiator, type Loss, retainedTape } from "./differentiator.js";
import { type Composition, checkGaussNewton } from "./gaussNewton.js";
import { checkOps } from "./ops.js";
import { type TensorReport, type VerifyReport, worstVerdict } from "./report.js";
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
 * follow their definition. When something disagrees, each op of the loss is checked alone, to name
 * the wrong one.
 *
 * Networks with kinks (ReLU, max pooling) are differentiated on the smooth piece on which θ lies, as
 * their Hessian is. Use few samples (16, say): rounding grows with the loss. Where it hides a number,
 * the verdict is "undecided".
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
  {
    composition,
    directions = 2,
    seed = 0,
    ops: when = "on-failure",
    differentiator = retainedTape,
  }: VerifyOptions<P> = {},
): VerifyReport {
  const f: Loss = (p) => evaluated(() => loss(p as P));
  requireSameEachTime(f, params);
  const { gradient, hessian, symmetry } = checkDerivatives(f, params, differentiator, {
    directions,
    seed,
  });
  const gaussNewton =
    composition && checkGaussNewton(evaluatedParts(composition), params, differentiator, seed);
  const tensors = layoutOf(params).entries.map(
    ({ name, shape }, index): TensorReport => ({
      name,
      shape,
      gradient: gradient[index]!,
      hessian: hessian[index]!,
      ...(gaussNewton && { gaussNewton: gaussNewton[index]! }),
    }),
  );
  const verdict = worstVerdict([
    symmetry.verdict,
    ...[...gradient, ...hessian, ...(gaussNewton ?? [])].map((comparison) => comparison.verdict),
  ]);
  const { ops, culprits } =
    verdict === "disagrees" || when === "always"
      ? checkOps(f, params, differentiator, seed)
      : { ops: [], culprits: [] };
  return { verdict, tensors, symmetry, ops, culprits };
}

function evaluatedParts<P extends ParameterTree>({
  outputs,
  loss,
}: Composition<P>): Composition<ParameterTree> {
  return {
    outputs: (params) => evaluated(() => outputs(params as P)),
    loss: (f) => evaluated(() => loss(f)),
  };
}
