import { checkOptions } from "@eoss/rng/internal";

/** What a noise can be told. Each has some of these; the settings of a step may hold no others. */
export interface NoiseOptions {
  /**
   * How diagonal, block and isotropic know the covariance to match. "exact": from the gradient of
   * every single sample. "drawn": from one draw of directional noise, whose length they keep; the
   * covariance is still exact, and the cost that of two backward passes.
   */
  readonly covariance?: "exact" | "drawn";
  /** K: an exact covariance is used for K steps before it is computed anew; default 1. */
  readonly refreshEvery?: number;
  /** Of constant: the variance of each entry of the gradient noise, loss²/parameter². */
  readonly variance?: number;
  /** T of langevin, in units of loss. */
  readonly temperature?: number;
  /** σ of label: the standard deviation of the targets' noise, in units of the outputs. */
  readonly sigma?: number;
  /** m of sde: Euler–Maruyama steps of h = η/m in a training step. */
  readonly substeps?: number;
}

interface Domain {
  readonly allowed: string;
  fits(value: unknown): boolean;
}

const nonNegative: Domain = {
  allowed: "a finite number ≥ 0",
  fits: (value) => typeof value === "number" && Number.isFinite(value) && value >= 0,
};
const positiveInteger: Domain = {
  allowed: "an integer from 1 on",
  fits: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
};
const domains: Readonly<Record<keyof NoiseOptions, Domain>> = {
  covariance: {
    allowed: '"exact", "drawn"',
    fits: (value) => value === "exact" || value === "drawn",
  },
  refreshEvery: positiveInteger,
  variance: nonNegative,
  temperature: nonNegative,
  sigma: nonNegative,
  substeps: positiveInteger,
};

/**
 * The options of a noise with its defaults filled in.
 *
 * @param defaults a value for each option that the noise has; undefined where it must be given
 * @throws RangeError naming the option, its value and what is allowed
 */
export function completeOptions(
  noise: string,
  defaults: NoiseOptions,
  given: NoiseOptions,
): NoiseOptions {
  checkOptions(noise, given, Object.keys(defaults));
  const completed = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [
      name,
      given[name as keyof NoiseOptions] ?? value,
    ]),
  );
  for (const [name, value] of Object.entries(completed)) {
    const { allowed, fits } = domains[name as keyof NoiseOptions];
    if (value === undefined) throw new RangeError(`${noise} needs the option ${name}: ${allowed}`);
    if (fits(value)) continue;
    const shown = typeof value === "string" ? JSON.stringify(value) : value;
    throw new RangeError(`${name} of ${noise} is ${shown}; allowed: ${allowed}`);
  }
  return completed;
}
