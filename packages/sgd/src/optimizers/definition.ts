/** What an optimizer is made of, and the check that it is. */

import { checkOptions } from "@eoss/rng/internal";
import { Tensor } from "@tensorflow/tfjs-core";
import type { Hyperparameters, OptionDomain, StepOptions } from "./options.js";
import type { NoThreshold, ThresholdRule } from "./threshold.js";

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
  /** ‖g‖ over all parameter tensors. */
  gradientNorm(): number;
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

const PARTS: readonly (keyof OptimizerDefinition<Hyperparameters, string>)[] = [
  ...(["name", "description", "defaults", "domains", "slots", "threshold"] as const),
  ...(["smallBatchThreshold", "lookAhead", "update", "preconditioner"] as const),
];

/** What the types say, for those who have none. @throws RangeError naming the part */
export function checkDefinition<H extends Hyperparameters, Slot extends string>(
  definition: OptimizerDefinition<H, Slot>,
): void {
  checkOptions("defineOptimizer", definition, PARTS);
  const { name, defaults, slots, threshold, smallBatchThreshold, update } = definition;
  const refuse = (part: string, allowed: string): never => {
    throw new RangeError(
      `defineOptimizer: ${part} is missing or does not fit; allowed: ${allowed}`,
    );
  };
  if (typeof name !== "string" || name === "") refuse("name", "a text that is not empty");
  if (typeof defaults !== "object" || defaults === null) refuse("defaults", "{ option: value }");
  for (const [option, value] of Object.entries(defaults)) {
    if (!isOption(value)) {
      refuse(`the default of ${option}`, "a number, a list of numbers, a text, true or false");
    }
  }
  const isSlot = (slot: unknown) => typeof slot === "string" && /^[A-Za-z]\w*$/.test(slot);
  if (!Array.isArray(slots) || !slots.every(isSlot) || slots.includes("theta")) {
    refuse("slots", 'a list of names such as ["velocity"], without "theta"');
  }
  if (new Set(slots).size < slots.length) refuse("slots", "each name once");
  if (typeof update !== "function") refuse("update", "a function of (inputs, options)");
  if (definition.preconditioner !== undefined && slots.length === 0) {
    refuse("slots", "at least one, which the preconditioner is made of");
  }
  checkThreshold("threshold", threshold, refuse);
  if (smallBatchThreshold !== undefined) {
    checkThreshold("smallBatchThreshold", smallBatchThreshold, refuse);
  }
}

function checkThreshold(
  part: string,
  threshold: ThresholdRule<never> | NoThreshold | undefined,
  refuse: (part: string, allowed: string) => never,
): void {
  const { none, formula, words, value } = (threshold ?? {}) as Partial<
    NoThreshold & ThresholdRule<never>
  >;
  const isText = (text: unknown) => typeof text === "string" && text !== "";
  const isRule = isText(formula) && isText(words) && typeof value === "function";
  if (none === undefined ? isRule : isText(none)) return;
  refuse(part, '{ formula, words, value }, or { none: "why there is none" }');
}

function isOption(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every(Number.isFinite);
  return Number.isFinite(value) || typeof value === "string" || typeof value === "boolean";
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
