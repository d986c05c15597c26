/** What an optimizer says of itself as plain data, for those who must not load its code. */

import type { Optimizer } from "./optimizer.js";
import type { Hyperparameters } from "./options.js";
import type { Threshold } from "./threshold.js";

/** What decides about the sharpness that an update is compared with. */
export type OptimizerTraits = Pick<
  Optimizer,
  "name" | "slots" | "preconditions" | "threshold" | "smallBatchThreshold" | "coupledDecay"
>;

/** A threshold of the form a/η + c; without `formula` there is none, and the words say why. */
export interface DeclaredThreshold {
  readonly formula?: string;
  readonly words: string;
  readonly a?: number;
  readonly c?: number;
}

/** The traits of an optimizer with some options, for every learning rate. */
export interface DeclaredTraits {
  readonly name: string;
  readonly slots: readonly string[];
  readonly preconditions: boolean;
  readonly coupledDecay: number;
  readonly threshold: DeclaredThreshold;
  readonly smallBatchThreshold?: DeclaredThreshold;
}

/** Learning rates at which a threshold is looked at: two give a and c, all have to fit them. */
const RATES = [0.25, 1, 2 ** -10, 2 ** -5, 8];
const ROUNDING = 1e-9;

/**
 * The traits of an optimizer as data.
 *
 * @throws RangeError if a threshold is not of the form a/η + c
 */
export function declaredTraits(optimizer: Optimizer, options: Hyperparameters): DeclaredTraits {
  const { name, slots, preconditions } = optimizer;
  const at = (learningRate: number) => ({ ...options, learningRate });
  const small = declared(name, (rate) => optimizer.smallBatchThreshold(at(rate)));
  return {
    ...{ name, slots, preconditions },
    coupledDecay: optimizer.coupledDecay(at(RATES[0]!)),
    threshold: declared(name, (rate) => optimizer.threshold(at(rate)))!,
    ...(small && { smallBatchThreshold: small }),
  };
}

function declared(
  name: string,
  threshold: (rate: number) => Threshold | undefined,
): DeclaredThreshold | undefined {
  // Where a weight decay beside the update is large, large rates have no threshold.
  const found = RATES.map((rate) => ({ rate, ...threshold(rate) }));
  const first = threshold(RATES[0]!);
  if (first === undefined) return undefined;
  const valid = found.filter(({ formula }) => formula !== undefined) as Array<
    Threshold & { readonly rate: number }
  >;
  const [one, two] = valid;
  if (one === undefined) return { words: first.words };
  if (two === undefined) throw new RangeError(`the threshold of ${name} exists at one η alone`);
  const a = (one.value - two.value) / (1 / one.rate - 1 / two.rate);
  const c = one.value - a / one.rate;
  for (const { rate, value } of valid) {
    const size = Math.abs(a / rate) + Math.abs(c);
    if (Math.abs(a / rate + c - value) <= ROUNDING * size) continue;
    throw new RangeError(
      `the threshold of ${name} is ${value} for η = ${rate}; allowed: a/η + c with the same a and c for ` +
        "every η, so that run.json can hold it",
    );
  }
  return { formula: one.formula!, words: one.words, a, c };
}

/** Traits that stand as data somewhere. */
export function traitsFrom(recorded: DeclaredTraits): OptimizerTraits {
  const { name, slots, preconditions, coupledDecay, threshold, smallBatchThreshold } = recorded;
  return {
    ...{ name, slots, preconditions },
    coupledDecay: () => coupledDecay,
    threshold: ({ learningRate }) => thresholdAt(threshold, learningRate),
    smallBatchThreshold: ({ learningRate }) =>
      smallBatchThreshold && thresholdAt(smallBatchThreshold, learningRate),
  };
}

function thresholdAt({ formula, words, a = 0, c = 0 }: DeclaredThreshold, rate: number): Threshold {
  if (formula === undefined) return { value: Number.NaN, words };
  const value = a / rate + c;
  // As of weight decay beside the update: then nothing is stable.
  return value > 0 ? { value, formula, words } : { value: Number.NaN, words };
}
