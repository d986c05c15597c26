import { check, checkCount } from "./error.js";
import type { Progress } from "./result.js";

/** Which end of the spectrum is wanted; "magnitude" is largest |λ|, "both" alternates the ends. */
export type Which = "largest" | "smallest" | "both" | "magnitude";

/** Settings that every iterative eigensolver shares. */
export interface SolverSettings {
  /** Number of eigenpairs; default 1. */
  readonly k?: number;
  /** Default "largest": the most positive eigenvalues. */
  readonly which?: Which;
  /** Residual relative to |θ|; default 1e-6. */
  readonly rtol?: number;
  /** Absolute residual that is small enough; default: the rounding level of one product. */
  readonly atol?: number;
  /** Budget of products; default 5000. */
  readonly maxMatvecs?: number;
  /** Seed of the random start; default 0. */
  readonly seed?: number;
  /** Record values and residuals at every check; default false. */
  readonly history?: boolean;
  /** Ends the solve at the next check with status "aborted". */
  readonly signal?: AbortSignal;
  /** Called at every check. */
  readonly onProgress?: Progress;
}

/** Indices of descending Ritz values, the most wanted first. */
const rankings: Record<Which, (order: number[], values: ArrayLike<number>) => number[]> = {
  largest: (order) => order,
  smallest: (order) => order.reverse(),
  both: (order) => order.map((i) => (i % 2 === 0 ? i / 2 : order.length - (i + 1) / 2)),
  magnitude: (order, values) => order.sort((i, j) => Math.abs(values[j]!) - Math.abs(values[i]!)),
};

/** The shared settings with their defaults filled in. */
export type Shared = Required<Omit<SolverSettings, "atol" | "signal" | "onProgress">> &
  Pick<SolverSettings, "atol" | "signal" | "onProgress">;

/** Defaults of the shared settings, checked once at construction. */
export function sharedSettings(settings: SolverSettings): Shared {
  const {
    k = 1,
    which = "largest",
    rtol = 1e-6,
    atol = 0,
    maxMatvecs = 5000,
    seed = 0,
    history = false,
  } = settings;
  checkCount("k", k);
  const ends = Object.keys(rankings);
  check(ends.includes(which), `which must be one of ${ends}, got ${which}`);
  check(
    rtol >= 0 && atol >= 0 && maxMatvecs >= 1,
    `rtol = ${rtol}, atol = ${atol} and maxMatvecs = ${maxMatvecs} must not be negative`,
  );
  return { ...settings, k, which, rtol, maxMatvecs, seed, history };
}

/** All indices of descending Ritz values, the most wanted first. */
export function rank(which: Which, values: Float64Array | number[]): number[] {
  return rankings[which]([...values.keys()], values);
}

/** Whether a pair θ ± r stays out of the wanted ones, wherever in its interval its value lies. */
export function staysBehind(
  which: Which,
  wanted: Iterable<number> & ArrayLike<number>,
  value: number,
  residual: number,
): boolean {
  return [value - residual, value + residual].every((rival) => {
    const values = [...wanted, rival].sort((a, b) => b - a);
    return values[rank(which, values)[wanted.length]!] === rival;
  });
}
