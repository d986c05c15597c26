/** Whether measured sharpness over batches obeys the order that Jensen's inequality gives it. */

import { check } from "../solver/error.js";

/** Mean λmax over batches of one size. */
export interface MeanTopEigenvalue {
  /** b. */
  readonly batchSize: number;
  /** Estimate of E λmax(H_B) over batches of that size. */
  readonly mean: number;
  /** Standard error of `mean`; 0 when it is exact. */
  readonly standardError: number;
}

/** A pair of batch sizes, and by how many standard errors it breaks the ordering. */
export interface OrderingCheck {
  readonly smaller: MeanTopEigenvalue;
  readonly larger: MeanTopEigenvalue;
  /** (mean of larger − mean of smaller)/standard error of the difference; positive is wrong. */
  readonly z: number;
  readonly holds: boolean;
}

/**
 * Whether mean λmax falls as batches grow, as it must: λmax is convex, so by Jensen
 *
 *   λmax((1/b)·Σ Hᵢ) ≤ (1/b)·Σ λmax(Hᵢ),   hence E λmax(H_B) is non-increasing in b.
 *
 * Each neighbouring pair of batch sizes is compared on its own standard errors, taken as
 * independent. An exact pair (no error) must not be out of order by more than rounding.
 *
 * @param zLimit how many standard errors may be chance; default 3
 * @see Andreyev & Beneventano, Edge of Stochastic Stability, Lemma 4.1
 * @example
 * const measured = [
 *   { batchSize: 16, mean: 9, standardError: 0.2 },
 *   { batchSize: 64, mean: 7, standardError: 0.1 },
 * ];
 * batchOrdering(measured)[0].holds; // true
 */
export function batchOrdering(measured: readonly MeanTopEigenvalue[], zLimit = 3): OrderingCheck[] {
  check(measured.length >= 2, "needs at least two batch sizes");
  const sorted = [...measured].sort((a, b) => a.batchSize - b.batchSize);
  return sorted.slice(1).map((larger, i) => {
    const smaller = sorted[i]!;
    const excess = larger.mean - smaller.mean;
    const rounding = 1e-12 * Math.max(Math.abs(larger.mean), Math.abs(smaller.mean));
    const error = Math.hypot(larger.standardError, smaller.standardError, rounding);
    const z = error === 0 ? 0 : excess / error;
    return { smaller, larger, z, holds: z <= zLimit };
  });
}

/**
 * Lemma 4.1 for given matrices: λmax of their mean is at most the mean of their λmax.
 *
 * @param lambdaOfMean λmax((1/b)·Σ Hᵢ)
 * @param lambdas λmax(Hᵢ), [b]
 * @returns the slack, mean − λmax of the mean; never negative but for rounding
 * @example
 * jensenSlack(2.5, [3, 4]); // 1
 */
export function jensenSlack(lambdaOfMean: number, lambdas: ArrayLike<number>): number {
  check(lambdas.length > 0, "needs at least one matrix");
  let total = 0;
  for (let i = 0; i < lambdas.length; i++) total += lambdas[i]!;
  return total / lambdas.length - lambdaOfMean;
}
