import { shown } from "@eoss/rng/internal";
import type { Hyperparameters, StepOptions } from "./options.js";

/** What a sharpness is compared with. */
export interface Threshold {
  /** In loss per parameter²; NaN where there is no threshold. */
  readonly value: number;
  /** How it follows from the settings, e.g. "(2 + 2β)/η"; absent where there is no threshold. */
  readonly formula?: string;
  /** What it is, or why there is none, in words. */
  readonly words: string;
}

/** How a threshold follows from the options of an optimizer. */
export interface ThresholdRule<H extends Hyperparameters> {
  /** Of η, b and the options by their letters, e.g. "(2 + 2β)/η", with plain spaces. */
  readonly formula: string;
  readonly words: string;
  value(options: StepOptions & H): number;
}

/** An optimizer that no sharpness decides about, and why, e.g. "its steps do not shrink with the gradient". */
export interface NoThreshold {
  readonly none: string;
}

/** What a rule gives for some options. @throws RangeError if that is no number */
export function thresholdOf<H extends Hyperparameters>(
  rule: ThresholdRule<H> | NoThreshold,
  options: StepOptions & H,
): Threshold {
  if ("none" in rule) return { value: Number.NaN, words: rule.none };
  const value: unknown = rule.value(options);
  if (typeof value !== "number") {
    throw new RangeError(`the threshold ${rule.formula} is ${shown(value)}; allowed: a number`);
  }
  return { value, formula: rule.formula, words: rule.words };
}

/** Of gradient descent on a quadratic: above it every step overshoots by more than it corrects. */
export const DESCENT: ThresholdRule<Hyperparameters> = {
  formula: "2/η",
  words: "the limit of stability on a quadratic loss with the full batch",
  value: ({ learningRate }) => 2 / learningRate,
};
