import { nonNegative, type OptionDomain, oneOf, positiveInteger } from "@eoss/rng/internal";

export type { OptionDomain } from "@eoss/rng/internal";

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

/** Options that mean the same wherever they occur. */
export const shared: Readonly<Record<string, OptionDomain>> = {
  covariance: oneOf("exact", "drawn"),
  refreshEvery: positiveInteger,
  variance: nonNegative,
  temperature: nonNegative,
  sigma: nonNegative,
  substeps: positiveInteger,
};
