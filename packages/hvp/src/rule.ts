import type { Tensor } from "@tensorflow/tfjs-core";

/** One recorded kernel call as its gradient rule sees it. */
export interface RuleNode {
  /** Adjoint of the (first) output. */
  readonly dy: Tensor;
  readonly attrs: Readonly<Record<string, unknown>>;
  /** Value of a saved input. */
  input(name: string): Tensor;
  /** Value of the (first) output, when the rule saves it. */
  output(): Tensor;
  /** Shape of any input, saved or not. */
  shapeOf(name: string): number[];
}

/**
 * The vector-Jacobian product of one kernel, written with ordinary tfjs ops that have rules of
 * their own: the result is differentiated again for second-order products.
 *
 * A saved *output* stays connected to the node that made it, so a rule may use it freely. (tfjs' own
 * tape cuts that connection, which is why its second derivatives of tanh, exp, softmax are wrong.)
 */
export interface GradientRule {
  readonly kernelName: string;
  /** Inputs whose values the gradient uses; they are kept as long as the tape. */
  readonly saveInputs?: readonly string[];
  readonly saveOutput?: boolean;
  /** For each differentiable input, its adjoint, computed only when it is wanted. */
  gradient(node: RuleNode): Readonly<Record<string, () => Tensor>>;
}
