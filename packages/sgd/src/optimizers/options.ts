import { checkOptions } from "@eoss/rng/internal";

/** What may change from step to step. What is left out has the optimizer's default. */
export interface StepOptions {
  /** η, at least 0 */
  readonly learningRate: number;
  /** β of heavy-ball and nesterov, in [0, 1) */
  readonly momentum?: number;
  /** Decay of rmsprop's mean of squared gradients, in [0, 1) */
  readonly alpha?: number;
  /** Decay of the first and of the second moment of adam and adamw, each in [0, 1) */
  readonly betas?: readonly [number, number];
  /** ε, added to the root of the second moment, at least 0 */
  readonly epsilon?: number;
  /** w, per parameter²; coupled (g + wθ), in adamw decoupled (θ·(1 − ηw)); at least 0 */
  readonly weightDecay?: number;
}

/** Options without the learning rate: what an optimizer has beside it. */
export type Hyperparameters = Omit<StepOptions, "learningRate">;

const nonNegative = {
  allowed: "a finite number ≥ 0",
  fits: (value: unknown) => typeof value === "number" && Number.isFinite(value) && value >= 0,
};
const fraction = {
  allowed: "a number from 0 to below 1",
  fits: (value: unknown) => typeof value === "number" && value >= 0 && value < 1,
};
const domains: {
  readonly [K in keyof Required<StepOptions>]: { allowed: string; fits(value: unknown): boolean };
} = {
  learningRate: nonNegative,
  momentum: fraction,
  alpha: fraction,
  betas: {
    allowed: "two numbers from 0 to below 1",
    fits: (value) => Array.isArray(value) && value.length === 2 && value.every(fraction.fits),
  },
  epsilon: nonNegative,
  weightDecay: nonNegative,
};

/**
 * The options of an optimizer with its defaults filled in.
 *
 * @throws RangeError naming the option, its value and what is allowed
 */
export function completeOptions<H extends Hyperparameters>(
  optimizer: string,
  defaults: H,
  options: StepOptions,
): StepOptions & H {
  checkHyperparameters(optimizer, defaults, options);
  const { learningRate } = options;
  if (!domains.learningRate.fits(learningRate)) {
    throw new RangeError(refusal(optimizer, "learningRate", learningRate));
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given), learningRate } as StepOptions & H;
}

/** @throws RangeError if a hyperparameter is none of the optimizer's, or out of its domain */
export function checkHyperparameters(
  optimizer: string,
  defaults: Hyperparameters,
  given: Hyperparameters,
): void {
  checkOptions(optimizer, given, ["learningRate", ...Object.keys(defaults)]);
  for (const [key, value] of Object.entries(given)) {
    if (key === "learningRate" || value === undefined) continue;
    if (!domains[key as keyof StepOptions].fits(value)) {
      throw new RangeError(refusal(optimizer, key as keyof StepOptions, value));
    }
  }
}

function refusal(optimizer: string, key: keyof StepOptions, value: unknown): string {
  return `${key} of ${optimizer} is ${JSON.stringify(value) ?? value}; allowed: ${domains[key].allowed}`;
}
