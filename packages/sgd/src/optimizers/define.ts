import { checkChoice, checkOptions } from "@eoss/rng/internal";
import { type Tensor, tidy, zerosLike } from "@tensorflow/tfjs-core";
import type { Optimizer, OptimizerState, Params } from "./optimizer.js";
import { completeOptions, type Hyperparameters, type StepOptions } from "./options.js";
import { type NoThreshold, type ThresholdRule, thresholdOf } from "./threshold.js";

/** The tensors of one parameter at an update. */
export interface UpdateInputs<Slot extends string> {
  readonly theta: Tensor;
  readonly gradient: Tensor;
  readonly slots: Readonly<Record<Slot, Tensor>>;
  /** Updates of this optimizer, this one included: 1, 2, 3, ... */
  readonly updates: number;
}

/** An optimizer whose update treats every parameter tensor by itself, as all elementwise ones do. */
export interface OptimizerDefinition<H extends Hyperparameters, Slot extends string> {
  readonly name: string;
  readonly defaults: H;
  readonly slots: readonly Slot[];
  /**
   * The sharpness at which the update becomes unstable on a quadratic loss with the full batch; see
   * `threshold` of `Optimizer`.
   */
  readonly threshold: ThresholdRule<NoInfer<H>> | NoThreshold;
  /** Where batch sharpness settles with small batches, where that is reported to be elsewhere. */
  readonly smallBatchThreshold?: ThresholdRule<NoInfer<H>>;
  /**
   * How the option `weightDecay` acts, if there is one: through the gradient, g + wθ, which adds w·I to
   * the Hessian (the default), or beside it.
   */
  readonly decay?: "coupled" | "decoupled";
  /** The new θ and slots of one parameter tensor. What else it makes is disposed. */
  update(
    inputs: UpdateInputs<Slot>,
    options: StepOptions & H,
  ): { readonly theta: Tensor } & Readonly<Record<Slot, Tensor>>;
  /** P of one parameter tensor from its slots; left out where P is the identity. */
  preconditioner?(
    slots: Readonly<Record<Slot, Tensor>>,
    updates: number,
    options: StepOptions & H,
  ): Tensor;
}

const PARTS: readonly (keyof OptimizerDefinition<Hyperparameters, string>)[] = [
  ...(["name", "defaults", "slots", "threshold", "smallBatchThreshold"] as const),
  ...(["decay", "update", "preconditioner"] as const),
];

/**
 * Makes an optimizer of the formula for one tensor: it adds the checks, the state and its memory.
 *
 * @example
 * const signDescent = defineOptimizer({
 *   name: "sign-descent",
 *   defaults: {},
 *   slots: [],
 *   threshold: { none: "the length of its steps does not depend on the gradient" },
 *   update: ({ theta, gradient }, { learningRate }) => ({
 *     theta: tf.sub(theta, tf.mul(tf.sign(gradient), learningRate)),
 *   }),
 * });
 * @throws RangeError for a part that the definition of an optimizer does not have
 */
export function defineOptimizer<H extends Hyperparameters, Slot extends string>(
  rule: OptimizerDefinition<H, Slot>,
): Optimizer {
  checkOptions("defineOptimizer", rule, PARTS);
  const { name, defaults, slots: slotNames, decay = "coupled" } = rule;
  checkChoice(name, "decay", decay, ["coupled", "decoupled"]);
  const complete = (options: StepOptions) => completeOptions(name, defaults, options);

  return {
    name,
    defaults,
    slots: slotNames,
    preconditions: rule.preconditioner !== undefined,
    threshold: (options) => thresholdOf(rule.threshold, complete(options)),
    smallBatchThreshold: (options) =>
      rule.smallBatchThreshold && thresholdOf(rule.smallBatchThreshold, complete(options)),
    coupledDecay: (options) => (decay === "decoupled" ? 0 : (complete(options).weightDecay ?? 0)),

    preconditioner(state, options) {
      const completed = complete(options);
      if (rule.preconditioner === undefined) return undefined;
      const updates = state.step - state.start;
      if (updates === 0)
        throw new RangeError(`${name} has no preconditioner before its first update`);
      return mapParams(state.params, (_, key) =>
        tidy(() => rule.preconditioner!(slotsOf(state, slotNames, key), updates, completed)),
      );
    },

    init: (params, step = 0) => ({
      step,
      start: step,
      params,
      slots: Object.fromEntries(
        slotNames.map((slot) => [slot, mapParams(params, (theta) => zerosLike(theta))]),
      ),
    }),

    step(gradient, state, options) {
      const completed = complete(options);
      checkState(name, slotNames, state);
      checkGradient(gradient, state.params);
      const updates = state.step - state.start + 1;
      const params: Record<string, Tensor> = {};
      const slots: Record<string, Record<string, Tensor>> = {};
      for (const slot of slotNames) slots[slot] = {};
      for (const [key, theta] of Object.entries(state.params)) {
        const before = slotsOf(state, slotNames, key);
        const after = tidy(() =>
          rule.update({ theta, gradient: gradient[key]!, slots: before, updates }, completed),
        );
        params[key] = after.theta;
        for (const slot of slotNames) slots[slot]![key] = after[slot];
        // Here and not at the end, so that no more than one tensor is held twice.
        disposeUnless(Object.values(after), [theta, ...Object.values<Tensor>(before)]);
      }
      return { step: state.step + 1, start: state.start, params, slots };
    },
  };
}

function mapParams(params: Params, map: (theta: Tensor, key: string) => Tensor): Params {
  return Object.fromEntries(Object.entries(params).map(([key, theta]) => [key, map(theta, key)]));
}

function slotsOf<Slot extends string>(
  { slots }: OptimizerState,
  names: readonly Slot[],
  key: string,
): Record<Slot, Tensor> {
  return Object.fromEntries(names.map((slot) => [slot, slots[slot]![key]!])) as Record<
    Slot,
    Tensor
  >;
}

function disposeUnless(kept: readonly Tensor[], tensors: readonly Tensor[]): void {
  for (const tensor of tensors) if (!kept.includes(tensor)) tensor.dispose();
}

function checkState(name: string, slotNames: readonly string[], { slots, params }: OptimizerState) {
  for (const slot of slotNames) {
    for (const key of Object.keys(params)) {
      if (slots[slot]?.[key] === undefined) {
        throw new RangeError(
          `the state lacks ${slot} of parameter ${key}: was it made by another optimizer than ${name}?`,
        );
      }
    }
  }
}

/** A gradient of another shape would broadcast, and silently give another update. */
function checkGradient(gradient: Params, params: Params): void {
  checkOptions("the gradient", gradient, Object.keys(params));
  for (const [key, theta] of Object.entries(params)) {
    const g = gradient[key];
    if (g === undefined) throw new RangeError(`the gradient lacks parameter ${key}`);
    if (g.shape.join() !== theta.shape.join()) {
      throw new RangeError(
        `the gradient of parameter ${key} has shape [${g.shape}], the parameter [${theta.shape}]`,
      );
    }
  }
}
