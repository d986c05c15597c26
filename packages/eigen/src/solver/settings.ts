/** Settings that solvers share, and their checks. */

import { check, checkCount, checkNumber } from "./error.js";
import { checkNames } from "./names.js";
import type { HistoryEntry } from "./result.js";

/** Which end of the spectrum is wanted; "magnitude" is largest |λ|, "both" alternates the ends. */
export type Which = "largest" | "smallest" | "both" | "magnitude";

/** Settings that every iterative eigensolver shares. */
export interface SolverSettings {
  /** Number of eigenpairs; default 1. */
  readonly k?: number;
  /** Default "largest": the most positive eigenvalues. */
  readonly which?: Which;
  /** Residual relative to |θ| that is small enough; default 1e-6. See `tolerance`. */
  readonly rtol?: number;
  /** Absolute residual that is small enough; default 0. */
  readonly atol?: number;
  /** Budget of products; default 5000. */
  readonly maxMatvecs?: number;
  /** Seed of the random start; default 0. */
  readonly seed?: number;
  /** Record values and residuals at every check; default false. */
  readonly history?: boolean;
  /** Ends the solve at the next check with status "aborted". */
  readonly signal?: AbortSignal;
  /** Called at every check, with the same numbers as an entry of the history. */
  readonly onProgress?: (entry: HistoryEntry) => void;
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

/** Names of the shared settings, and `space`, which every solver has. */
const SHARED = "k which rtol atol maxMatvecs seed history signal onProgress space";

/**
 * Defaults of the shared settings, checked once at construction.
 *
 * @param solver its name, for messages
 * @param own names of the solver's own settings, with a blank between them
 * @param without names of shared settings that it does not have
 */
export function sharedSettings(
  solver: string,
  settings: SolverSettings,
  own = "",
  without = "",
): Shared {
  const shared = SHARED.split(" ").filter((name) => !without.split(" ").includes(name));
  checkNames(solver, settings, [...shared, own].join(" ").trim());
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
  checkNumber("rtol", rtol, 0);
  checkNumber("atol", atol, 0);
  checkNumber("maxMatvecs", maxMatvecs, 1);
  return { ...settings, k, which, rtol, maxMatvecs, seed, history };
}

/** Throws `EigenError("bad-setting")` unless an operator of size n has k eigenpairs. */
export function checkPairs(k: number, n: number): void {
  check(k <= n, `k = ${k} eigenpairs of an operator of size ${n}`);
}

/** Throws `EigenError("bad-setting")` unless the basis, if its size is given, has that much room. */
export function checkBasis(basisSize: number | undefined, least: number): void {
  if (basisSize === undefined) return;
  checkCount("basisSize", basisSize);
  check(basisSize >= least, `basisSize must be at least ${least} here, got ${basisSize}`);
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
