import type { Tensor } from "@tensorflow/tfjs-core";

/** Named parameter tensors. */
export type Params = Readonly<Record<string, Tensor>>;

/** Everything that an optimizer knows: plain, named data, as it goes into a checkpoint. */
export interface OptimizerState {
  /** Updates made. */
  readonly step: number;
  /** θ */
  readonly params: Params;
  /** Further tensors shaped like the parameters, by name, e.g. a momentum buffer. */
  readonly slots: Readonly<Record<string, Params>>;
}

/** What may change from step to step. */
export interface StepOptions {
  /** η */
  readonly learningRate: number;
}

/** An update rule. The learning rate comes with each step, because interventions change it. */
export interface Optimizer {
  readonly name: string;
  /**
   * The sharpness at which the update becomes unstable on a quadratic loss, to be compared with
   * Hessian eigenvalues.
   */
  stabilityThreshold(options: StepOptions): number;
  /** The state before the first update; the tensors of `params` are handed over to it. */
  init(params: Params): OptimizerState;
  /**
   * One update. The tensors of the given state are disposed or handed on: use the result alone.
   *
   * @param gradient shaped like the parameters; stays the caller's
   */
  step(gradient: Params, state: OptimizerState, options: StepOptions): OptimizerState;
}

/** Disposes all tensors of a state. */
export function disposeState(state: OptimizerState): void {
  for (const tree of [state.params, ...Object.values(state.slots)]) {
    for (const tensor of Object.values(tree)) tensor.dispose();
  }
}
