import { checkOptions } from "@eoss/rng/internal";

/** What an option may be: plain data, as it stands in a config file. */
export type OptionValue = number | string | boolean | readonly number[];

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

/** The values that an option may have. */
export interface OptionDomain {
  /** In words, for messages: "a number from 0 to below 1". */
  readonly allowed: string;
  fits(value: unknown): boolean;
}

const nonNegative: OptionDomain = {
  allowed: "a finite number ≥ 0",
  fits: (value) => typeof value === "number" && Number.isFinite(value) && value >= 0,
};
const fraction: OptionDomain = {
  allowed: "a number from 0 to below 1",
  fits: (value) => typeof value === "number" && value >= 0 && value < 1,
};

/** Options that mean the same wherever they occur. */
const domains: Readonly<Record<string, OptionDomain>> = {
  learningRate: nonNegative,
  momentum: fraction,
  alpha: fraction,
  betas: {
    allowed: "two numbers from 0 to below 1",
    fits: (value) => Array.isArray(value) && value.length === 2 && value.every(fraction.fits),
  },
  epsilon: nonNegative,
  rho: nonNegative,
  iterations: {
    allowed: "an integer from 1 on",
    fits: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
  },
  weightDecay: nonNegative,
  decay: {
    allowed: '"coupled", "decoupled"',
    fits: (value) => value === "coupled" || value === "decoupled",
  },
  clip: nonNegative,
};

/** The options of a kind of optimizer: their defaults, and the domains of those of its own. */
export interface OptionTable<H extends Hyperparameters = Hyperparameters> {
  readonly defaults: H;
  readonly domains?: Readonly<Partial<Record<string, OptionDomain>>> | undefined;
}

/**
 * The options of an optimizer with its defaults filled in.
 *
 * @throws RangeError naming the option, its value and what is allowed
 */
export function completeOptions<H extends Hyperparameters>(
  optimizer: string,
  table: OptionTable<H>,
  options: StepOptions,
): StepOptions & H {
  checkHyperparameters(optimizer, table, options);
  const { learningRate } = options;
  if (!domains.learningRate!.fits(learningRate)) {
    throw new RangeError(refusal(optimizer, "learningRate", learningRate, domains.learningRate!));
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...table.defaults, ...Object.fromEntries(given), learningRate } as StepOptions & H;
}

/** @throws RangeError if a hyperparameter is none of the optimizer's, or out of its domain */
export function checkHyperparameters(
  optimizer: string,
  { defaults, domains: own = {} }: OptionTable,
  given: Hyperparameters,
): void {
  checkOptions(optimizer, given, ["learningRate", ...Object.keys(defaults)]);
  for (const [key, value] of Object.entries(given)) {
    if (key === "learningRate" || value === undefined) continue;
    const domain = own[key] ?? domains[key] ?? domainLike(defaults[key]);
    if (!domain.fits(value)) throw new RangeError(refusal(optimizer, key, value, domain));
  }
}

/** Values like the default, where nothing else is said of an option. */
function domainLike(value: OptionValue | undefined): OptionDomain {
  const isNumber = (one: unknown) => typeof one === "number" && Number.isFinite(one);
  if (Array.isArray(value)) {
    const { length } = value;
    return {
      allowed: `${length} finite numbers`,
      fits: (given) => Array.isArray(given) && given.length === length && given.every(isNumber),
    };
  }
  if (typeof value === "number") return { allowed: "a finite number", fits: isNumber };
  if (typeof value === "boolean") {
    return { allowed: "true, false", fits: (given) => typeof given === "boolean" };
  }
  return { allowed: "a text", fits: (given) => typeof given === "string" };
}

function refusal(optimizer: string, key: string, value: unknown, { allowed }: OptionDomain) {
  return `${key} of ${optimizer} is ${JSON.stringify(value) ?? value}; allowed: ${allowed}`;
}
