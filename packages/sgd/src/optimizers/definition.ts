/** What an optimizer is made of, and the check that it is. */

import { callback, checkTableDefinition, needed, TABLE_PARTS } from "@eoss/rng/internal";
import { type Scalar, Tensor } from "@tensorflow/tfjs-core";
import type { Hyperparameters, OptionDomain, StepOptions } from "./options.js";
import type { NoThreshold, ThresholdRule } from "./threshold.js";
import { COMMON } from "./treatment.js";

/** The tensors of one parameter at an update, and what it may know of the others. */
export interface UpdateInputs<Slot extends string> {
  readonly theta: Tensor;
  /** Clipped, and with a coupled weight decay in it, where the options say so. */
  readonly gradient: Tensor;
  readonly slots: Readonly<Record<Slot, Tensor>>;
  /** Updates of this optimizer, this one included: 1, 2, 3, ... */
  readonly updates: number;
  /** The name of the parameter, and its place among all of them: 0, 1, 2, ... */
  readonly name: string;
  readonly place: number;
  /** Number of parameter tensors. */
  readonly tensors: number;
  /** ‖g‖ over all parameter tensors. On a backend that gives numbers only later, as WebGPU, it is an error. */
  gradientNorm(): number;
  /** a/‖g‖ over all parameter tensors, to multiply a tensor with on any backend; 0 where ‖g‖ is 0. */
  overGradientNorm(a: number): number | Scalar;
}

/** An optimizer by its formula for one parameter tensor. */
export interface OptimizerDefinition<H extends Hyperparameters, Slot extends string> {
  readonly name: string;
  /** What it does, in a line. */
  readonly description?: string;
  /** Its options with their defaults: numbers, lists of numbers, texts, true or false. */
  readonly defaults: H;
  /** What options may be; left out: what the names of eoss mean, else anything like the default. */
  readonly domains?: Readonly<Partial<Record<keyof H & string, OptionDomain>>>;
  readonly slots: readonly Slot[];
  /**
   * The sharpness at which the update becomes unstable on a quadratic loss with the full batch; see
   * `threshold` of `Optimizer`.
   */
  readonly threshold: ThresholdRule<NoInfer<H>> | NoThreshold;
  /** Where batch sharpness settles with small batches, where that is reported to be elsewhere. */
  readonly smallBatchThreshold?: ThresholdRule<NoInfer<H>>;
  /** How far from θ the gradient of the update is taken, along the gradient: ρ of sam. Left out: at θ. */
  lookAhead?(options: StepOptions & H): number;
  /**
   * The new θ and slots of one parameter tensor. What else it makes is disposed. The change of θ is
   * proportional to the learning rate, which no slot contains.
   */
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

const isSlot = (slot: unknown) =>
  typeof slot === "string" && /^[A-Za-z]\w*$/.test(slot) && slot !== "theta";
const slotList = {
  allowed: 'a list of names such as ["velocity"], each once, without "theta"',
  fits: (value: unknown) =>
    Array.isArray(value) && value.every(isSlot) && new Set(value).size === value.length,
};
const rule = {
  allowed: '{ formula, words, value }, or { none: "why there is none" }',
  fits: isRule,
};
const PARTS = {
  ...{ ...TABLE_PARTS, slots: needed(slotList), threshold: needed(rule) },
  ...{ smallBatchThreshold: rule, lookAhead: callback, update: needed(callback) },
  preconditioner: callback,
};

/** What the types say, for those who have none. @throws RangeError naming the part */
export function checkDefinition<H extends Hyperparameters, Slot extends string>(
  definition: OptimizerDefinition<H, Slot>,
): void {
  checkTableDefinition("defineOptimizer", definition, PARTS, Object.keys(COMMON));
  const { name, slots, preconditioner } = definition;
  if (preconditioner !== undefined && slots.length === 0) {
    throw new RangeError(
      `${name} has no slots; allowed: at least one, which the preconditioner is made of`,
    );
  }
}

function isRule(threshold: unknown): boolean {
  const { none, formula, words, value } = (threshold ?? {}) as Partial<
    NoThreshold & ThresholdRule<never>
  >;
  const isText = (text: unknown) => typeof text === "string" && text !== "";
  if (none !== undefined) return isText(none);
  return isText(formula) && isText(words) && typeof value === "function";
}

/** @throws RangeError if a formula gave no tensors, or of other shapes */
export function checkUpdate(
  { name, slots }: Pick<OptimizerDefinition<Hyperparameters, string>, "name" | "slots">,
  updated: Readonly<Record<string, Tensor>>,
  theta: Tensor,
  key: string,
): void {
  for (const part of ["theta", ...slots]) {
    const tensor = updated?.[part];
    if (!(tensor instanceof Tensor)) {
      throw new RangeError(`update of ${name} gives no tensor ${part} for the parameter ${key}`);
    }
    if (tensor.shape.join() !== theta.shape.join() || tensor.dtype !== "float32") {
      throw new RangeError(
        `update of ${name} gives ${part} of the parameter ${key} as ${tensor.dtype} [${tensor.shape}]; ` +
          `allowed: float32 [${theta.shape}]`,
      );
    }
  }
}
