/** What a rule of an op is. */

import type { Tensor } from "@tensorflow/tfjs-core";

/** What a kernel is told besides its tensors, such as axes or strides. */
export type Attributes = Readonly<Record<string, unknown>>;

/** One recorded kernel call as its gradient rule sees it. */
export interface RuleNode {
  /** Adjoint of the output. */
  readonly dy: Tensor;
  readonly attrs: Attributes;
  /** Names of the inputs; kernels that take a list name them "0", "1", ... */
  readonly inputNames: readonly string[];
  /** Value of a saved input. */
  input(name: string): Tensor;
  /** Value of the output, when the rule saves it. */
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
  /**
   * Inputs whose values the gradient uses; they are kept as long as the tape. As a record: for each
   * differentiable input, those that its adjoint uses, kept only if that adjoint can be wanted.
   */
  readonly saveInputs?: readonly string[] | Readonly<Record<string, readonly string[]>>;
  readonly saveOutput?: boolean;
  /** For each differentiable input, its adjoint, computed only when it is wanted. */
  gradient(node: RuleNode): Readonly<Record<string, () => Tensor>>;
}

/**
 * A kernel written as a composition of others, which are recorded in its place: their rules then
 * give its derivatives of every order. Used while a tape records, and nowhere else.
 */
export interface Decomposition {
  readonly kernelName: string;
  /**
   * @returns what the kernel returns; undefined where this call has a better way (a rule, or the
   *   kernel itself when nothing is recorded)
   */
  decompose(
    inputs: Readonly<Record<string, Tensor>>,
    attrs: Attributes,
  ): Tensor | Tensor[] | undefined;
}
