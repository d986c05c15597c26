import { EossError } from "@eoss/rng";
import { checkOptions } from "@eoss/rng/internal";
import {
  dispose,
  getBackend,
  keep,
  mul,
  sub,
  type Tensor,
  tidy,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { checkDefinition, checkUpdate, type OptimizerDefinition } from "./definition.js";
import { type Norm, normOf, over } from "./norms.js";
import type { Optimizer, OptimizerState, Params } from "./optimizer.js";
import {
  checkHyperparameters,
  completeHyperparameters,
  type Hyperparameters,
  type StepOptions,
} from "./options.js";
import { thresholdOf } from "./threshold.js";
import { COMMON, type CommonOptions, treated, treatedThreshold } from "./treatment.js";

/**
 * Makes an optimizer of the formula for one tensor: it adds the checks, the state and its memory, weight
 * decay, and clipping of the gradient.
 *
 * @example
 * const halfSteps = defineOptimizer({
 *   name: "half-steps",
 *   defaults: { share: 0.5 },
 *   slots: [],
 *   threshold: {
 *     formula: "2/(share·η)",
 *     words: "the limit of stability on a quadratic loss with the full batch",
 *     value: ({ learningRate, share }) => 2 / (share * learningRate),
 *   },
 *   update: ({ theta, gradient }, { learningRate, share }) => ({
 *     theta: tf.sub(theta, tf.mul(gradient, share * learningRate)),
 *   }),
 * });
 * @throws RangeError for a part that the definition of an optimizer does not have, or for one that is missing
 */
export function defineOptimizer<H extends Hyperparameters, Slot extends string>(
  definition: OptimizerDefinition<H, Slot>,
): Optimizer {
  checkDefinition(definition);
  const { name, description = "", slots: slotNames, domains } = definition;
  const defaults = { ...COMMON, ...definition.defaults };
  const table = { defaults, domains };
  const complete = (options: StepOptions) =>
    completeHyperparameters(name, table, options) as StepOptions & H & CommonOptions;
  checkHyperparameters(name, table, defaults);

  return {
    name,
    description,
    defaults,
    ...(domains && { domains }),
    slots: slotNames,
    preconditions: definition.preconditioner !== undefined,
    threshold(options) {
      const completed = complete(options);
      return treatedThreshold(thresholdOf(definition.threshold, completed), completed);
    },
    smallBatchThreshold(options) {
      const completed = complete(options);
      // Reported without such a decay.
      if (completed.decay === "decoupled" && completed.weightDecay > 0) return undefined;
      return (
        definition.smallBatchThreshold && thresholdOf(definition.smallBatchThreshold, completed)
      );
    },
    coupledDecay(options) {
      const { decay, weightDecay } = complete(options);
      return decay === "decoupled" ? 0 : weightDecay;
    },

    preconditioner(state, options) {
      const completed = complete(options);
      if (definition.preconditioner === undefined) return undefined;
      const updates = state.step - state.start;
      if (updates === 0)
        throw new RangeError(`${name} has no preconditioner before its first update`);
      return mapParams(state.params, (_, key) =>
        tidy(() => definition.preconditioner!(slotsOf(state, slotNames, key), updates, completed)),
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

    lookAhead(gradient, { params }, options) {
      const completed = complete(options);
      const distance = definition.lookAhead?.(completed) ?? 0;
      if (distance === 0) return undefined;
      checkGradient(gradient, params);
      const norm = normOf(Object.values(gradient));
      if (norm === 0) return undefined;
      const factor = over(-distance, norm);
      const ahead = mapParams(params, (theta, key) =>
        tidy(() => sub(theta, mul(gradient[key]!, factor))),
      );
      disposeNorms([norm, factor]);
      return ahead;
    },

    step(gradient, state, options) {
      const completed = complete(options);
      checkState(name, slotNames, state);
      checkGradient(gradient, state.params);
      const { gradient: own, own: made } = treated(gradient, state.params, completed);
      let norm: Norm | undefined;
      const ownNorm = () => (norm ??= kept(normOf(Object.values(own))));
      const shared = {
        updates: state.step - state.start + 1,
        tensors: Object.keys(state.params).length,
        gradientNorm: () => numberOf(ownNorm(), name),
        overGradientNorm: (a: number) => over(a, ownNorm()),
      };
      const decayed =
        completed.decay === "decoupled" ? completed.learningRate * completed.weightDecay : 0;
      const params: Record<string, Tensor> = {};
      const slots: Record<string, Record<string, Tensor>> = {};
      for (const slot of slotNames) slots[slot] = {};
      for (const [place, [key, theta]] of Object.entries(state.params).entries()) {
        const before = slotsOf(state, slotNames, key);
        const after = tidy(() => {
          const inputs = { theta, gradient: own[key]!, slots: before, name: key, place, ...shared };
          const updated = definition.update(inputs, completed);
          checkUpdate(definition, updated, theta, key);
          const parts = apart(updated, inputs.gradient);
          if (decayed === 0) return parts;
          return { ...parts, theta: sub(parts.theta, mul(theta, decayed)) };
        });
        params[key] = after.theta;
        for (const slot of slotNames) slots[slot]![key] = after[slot];
        // Here and not at the end, so that no more than one tensor is held twice.
        disposeUnless(Object.values(after), [theta, ...Object.values<Tensor>(before)]);
      }
      dispose(made as Tensor[]);
      if (norm !== undefined) disposeNorms([norm]);
      return { step: state.step + 1, start: state.start, params, slots };
    },
  };
}

/** Out of the reach of the `tidy` around an update. */
const kept = (norm: Norm) => (typeof norm === "number" ? norm : keep(norm));

function disposeNorms(norms: readonly Norm[]): void {
  dispose(norms.filter((norm) => typeof norm !== "number"));
}

/** @throws EossError if it is on a device that gives numbers only later */
function numberOf(norm: Norm, name: string): number {
  if (typeof norm === "number") return norm;
  throw new EossError(
    `${name} asks for gradientNorm(), a number, and the ${getBackend()} backend gives numbers only later: ` +
      "multiply by overGradientNorm(a), which is a/‖g‖, or use the backend wasm",
  );
}

/** What a formula gave, each a tensor of its own: one that is the gradient too, or two parts, is disposed with it. */
function apart<Parts extends Readonly<Record<string, Tensor>>>(
  parts: Parts,
  gradient: Tensor,
): Parts {
  const seen = new Set<Tensor>([gradient]);
  const own = Object.entries(parts).map(([part, tensor]) => {
    const is = seen.has(tensor) ? tensor.clone() : tensor;
    seen.add(is);
    return [part, is];
  });
  return Object.fromEntries(own) as Parts;
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
