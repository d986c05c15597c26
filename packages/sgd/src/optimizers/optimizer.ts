import type { Tensor } from "@tensorflow/tfjs-core";
import type { Hyperparameters, OptionDomain, StepOptions } from "./options.js";
import type { Threshold } from "./threshold.js";

/** Named parameter tensors. */
export type Params = Readonly<Record<string, Tensor>>;

/** Everything that an optimizer knows: plain, named data, as it goes into a checkpoint. */
export interface OptimizerState {
  /** Updates made in the whole run. */
  readonly step: number;
  /**
   * The step at which this optimizer began: 0, unless another went before it. Adam corrects the
   * bias of its moments by the number of updates since.
   */
  readonly start: number;
  /** θ */
  readonly params: Params;
  /** Further tensors shaped like the parameters, by name, e.g. a momentum buffer. */
  readonly slots: Readonly<Record<string, Params>>;
}

/** An update rule. The learning rate comes with each step, because interventions change it. */
export interface Optimizer {
  readonly name: string;
  /** What it does, in a line; may be empty. */
  readonly description: string;
  /** The options that it has beside the learning rate, with the values they take when left out. */
  readonly defaults: Hyperparameters;
  /** What its own options may be, where their default does not say it. */
  readonly domains?: Readonly<Partial<Record<string, OptionDomain>>>;
  /** The names of the slots in its state. */
  readonly slots: readonly string[];
  /** Whether it divides its steps by a diagonal P: `preconditioner` then gives it. */
  readonly preconditions: boolean;
  /**
   * The sharpness at which the update becomes unstable on a quadratic loss with the full batch, to be
   * compared with λmax(P^(−½)(H + w·I)P^(−½)): P is the `preconditioner`, I where there is none, and w the
   * `coupledDecay`. `comparedWith` of @eoss/sharpness says it for every quantity.
   */
  threshold(options: StepOptions): Threshold;
  /**
   * The level at which batch sharpness is reported to settle with small batches; undefined where none is
   * reported that differs from `threshold`.
   */
  smallBatchThreshold(options: StepOptions): Threshold | undefined;
  /** w of a weight decay that acts through the gradient, g + wθ: the Hessian that it feels is H + w·I. */
  coupledDecay(options: StepOptions): number;
  /**
   * The diagonal P that divides the step, θ ← θ − η P⁻¹·(momentum of g), as new tensors shaped like
   * the parameters, which the caller disposes; undefined where P is the identity.
   *
   * @throws RangeError before the first update, which decides P
   */
  preconditioner(state: OptimizerState, options: StepOptions): Params | undefined;
  /**
   * The state before the first update; the tensors of `params` are handed over to it.
   *
   * @param step updates made before, by another optimizer
   */
  init(params: Params, step?: number): OptimizerState;
  /**
   * Where the gradient of the update is to be taken, if not at θ: new tensors, which the caller disposes.
   * Of sam they are θ + ρ·g/‖g‖.
   *
   * @param gradient at θ
   */
  lookAhead(gradient: Params, state: OptimizerState, options: StepOptions): Params | undefined;
  /**
   * One update. The tensors of the given state are disposed or handed on: use the result alone.
   *
   * @param gradient at θ, or at `lookAhead` if that gives other parameters; stays the caller's
   * @throws RangeError, with the state intact, if the gradient or the options do not fit
   */
  step(gradient: Params, state: OptimizerState, options: StepOptions): OptimizerState;
}

/** Disposes all tensors of a state. */
export function disposeState(state: OptimizerState): void {
  for (const tree of [state.params, ...Object.values(state.slots)]) {
    for (const tensor of Object.values(tree)) tensor.dispose();
  }
}

/**
 * Goes on from the same parameters with another optimizer, whose slots begin at zero. The tensors of
 * the given state are disposed or handed on: use the result alone.
 *
 * @throws TypeError, with the state intact, if `next` is no optimizer
 */
export function changeOptimizer(state: OptimizerState, next: Optimizer): OptimizerState {
  if (typeof next?.init !== "function") {
    throw new TypeError("changeOptimizer takes an optimizer: optimizerByName gives that of a name");
  }
  disposeState({ ...state, params: {} });
  return next.init(state.params, state.step);
}
