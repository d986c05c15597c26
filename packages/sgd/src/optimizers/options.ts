import {
  checkOption,
  checkOptions,
  fraction,
  nonNegative,
  type OptionDomain,
  type OptionValue,
  oneOf,
  positiveInteger,
} from "@eoss/rng/internal";

export type { OptionDomain, OptionValue } from "@eoss/rng/internal";

/** What an optimizer has beside the learning rate. What is left out has the optimizer's default. */
export interface Hyperparameters {
  /** β of a momentum, in [0, 1) */
  readonly momentum?: number;
  /** Decay of rmsprop's mean of squared gradients, in [0, 1) */
  readonly alpha?: number;
  /** Decay of the first and of the second moment of adam and adamw, each in [0, 1) */
  readonly betas?: readonly [number, number];
  /** ε, added to the root of the second moment, at least 0 */
  readonly epsilon?: number;
  /** ρ of sam: how far from θ the gradient is taken, at least 0 */
  readonly rho?: number;
  /** Of muon: steps of the Newton–Schulz iteration, an integer from 1 on */
  readonly iterations?: number;
  /** w, per parameter², at least 0; every optimizer has it */
  readonly weightDecay?: number;
  /** How w acts: through the gradient, g + wθ, or beside it, θ·(1 − ηw); every optimizer has it */
  readonly decay?: "coupled" | "decoupled";
  /** The largest norm that the gradient of all parameters together may have; 0: any. Every optimizer has it */
  readonly clip?: number;
  /** Those of optimizers of others. */
  readonly [option: string]: OptionValue | undefined;
}

/** What may change from step to step. */
export interface StepOptions extends Hyperparameters {
  /** η, at least 0 */
  readonly learningRate: number;
}

/** Options that mean the same wherever they occur. */
const shared: Readonly<Record<string, OptionDomain>> = {
  learningRate: nonNegative,
  momentum: fraction,
  alpha: fraction,
  betas: {
    allowed: "two numbers from 0 to below 1",
    fits: (value) => Array.isArray(value) && value.length === 2 && value.every(fraction.fits),
  },
  epsilon: nonNegative,
  rho: nonNegative,
  iterations: positiveInteger,
  weightDecay: nonNegative,
  decay: oneOf("coupled", "decoupled"),
  clip: nonNegative,
};

/** The options of a kind of optimizer: their defaults, and the domains of those of its own. */
export interface HyperparameterTable<H extends Hyperparameters = Hyperparameters> {
  readonly defaults: H;
  readonly domains?: Readonly<Partial<Record<string, OptionDomain>>> | undefined;
}

/**
 * The options of an optimizer with its defaults filled in.
 *
 * @throws RangeError naming the option, its value and what is allowed
 */
export function completeHyperparameters<H extends Hyperparameters>(
  optimizer: string,
  table: HyperparameterTable<H>,
  options: StepOptions,
): StepOptions & H {
  checkHyperparameters(optimizer, table, options);
  const { learningRate } = options;
  checkOption(optimizer, { defaults: {}, domains: shared }, "learningRate", learningRate);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...table.defaults, ...Object.fromEntries(given), learningRate } as StepOptions & H;
}

/** @throws RangeError if a hyperparameter is none of the optimizer's, or out of its domain */
export function checkHyperparameters(
  optimizer: string,
  { defaults, domains }: HyperparameterTable,
  given: Hyperparameters,
): void {
  checkOptions(optimizer, given, ["learningRate", ...Object.keys(defaults)]);
  const table = { defaults, domains: { ...shared, ...domains } };
  for (const [key, value] of Object.entries(given)) {
    if (key !== "learningRate" && value !== undefined) checkOption(optimizer, table, key, value);
  }
}
