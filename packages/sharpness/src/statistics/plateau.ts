/** The mean of a series over its last part, and whether it is level. */

import { checkTypedOptions, number } from "@eoss/rng/internal";
import { type Drift, type FittedDrift, fitDrift } from "./drift.js";
import { halfWidth } from "./interval.js";
import { leastVariance, longRunVariance, MIN_INDEPENDENT, MIN_POINTS } from "./longRunVariance.js";
import { average, checkSteps, type SeriesPoint } from "./series.js";

export interface PlateauOptions {
  /** Part of the run's steps that is averaged, counted from its end; in (0, 1], default 1/4. */
  readonly fraction?: number;
  /** First step of the run, default 0. */
  readonly from?: number;
  /** Last step of the run; default: the step of the last point. */
  readonly to?: number;
}

/**
 * - `level`: no drift is seen at the 95 % level, or one that is certainly below 5 % of the mean over the
 *   window; `drift` says how much could still hide.
 * - `drifting`: the values still rise or fall; the mean is no level.
 * - `too-few-points`: fewer than six points, or fewer than four independent ones; the mean, if any, has
 *   no error.
 * - `not-finite`: an infinite or missing value among the points.
 */
export type PlateauStatus = "level" | "drifting" | "too-few-points" | "not-finite";

export interface Plateau {
  readonly status: PlateauStatus;
  /** Mean of the points; NaN without points or with one that is not finite. */
  readonly mean: number;
  /** Standard error of the mean of a correlated series; NaN where it cannot be estimated. */
  readonly standardError: number;
  /**
   * Half width of the 95 % interval: Student's quantile × the standard error, and half of a drift. NaN
   * of what is not level.
   */
  readonly margin: number;
  /** Bound on the numerical error of the mean; 0 if the points have none. */
  readonly errorBound: number;
  readonly points: number;
  /** So many independent points would know as much; NaN where that cannot be estimated. */
  readonly independent: number;
  /** Steps of the first and the last point; NaN without points. */
  readonly firstStep: number;
  readonly lastStep: number;
  /** The linear trend; null where it cannot be estimated. */
  readonly drift: Drift | null;
}

/** A drift over the window that is certainly smaller than this part of the mean is none. */
const NEGLIGIBLE_DRIFT = 0.05;

/**
 * Whether a measured curve is level over the last quarter of the run's steps, its mean there, and the
 * error of that mean. This is the one test of stationarity: reports, tables, claims and comparisons say
 * what it says.
 *
 * Successive measurements of a training run are correlated, so σ/√N is too small an error. What
 * takes the place of σ² is the long-run variance Ω, read off the B lowest cosines and corrected for the
 * correlation of neighbours (see `longRunVariance`): se(mean) = √(Ω/N), and (mean − μ)/se follows
 * Student's t with B degrees of freedom. Ω is never taken below the mean of the points' own squared
 * errors. The trend is tested in the same way (see `fitDrift`).
 *
 * What 4,000 simulated series without a drift, x ← ρx + ε, are said to be:
 *
 *   points, ρ     drifting   too few points   interval of a level covers
 *   12, 0           4 %          10 %             95 %
 *   12, 0.5         5 %          45 %             90 %
 *   12, 0.9        11 %          65 %             60 %
 *   25, 0.5         5 %          15 %             93 %
 *   25, 0.9         7 %          66 %             77 %
 *   50, 0.9         7 %          49 %             90 %
 *   100, 0.9        5 %          27 %             94 %
 *   100, 0.99      13 %          57 %             66 %
 *
 * Points count equally, so measure at regular steps, and often enough: a memory as long as the window
 * cannot be seen from within it.
 *
 * @param series points of strictly increasing steps
 * @throws RangeError if the steps do not increase or the fraction is not in (0, 1]
 * @see Lazarus, Lewis, Stock, Watson (2018), HAR Inference: Recommendations for Practice
 *
 * @example
 * const points = Array.from({ length: 80 }, (_, i) => ({ step: 100 * i, value: 2 + (i % 2) }));
 * const { mean, status } = plateau(points, { to: 8_000 });
 * mean; // 2.5
 * status; // "level"
 */
export function plateau(series: readonly SeriesPoint[], options: PlateauOptions = {}): Plateau {
  checkTypedOptions("plateau", options, {
    ...{ fraction: number, from: number, to: number },
  });
  const { fraction = 1 / 4, from = 0, to = series.at(-1)?.step ?? 0 } = options;
  if (!(fraction > 0 && fraction <= 1)) {
    throw new RangeError(`the fraction of a plateau must be in (0, 1], not ${fraction}`);
  }
  checkSteps(series);

  const begin = to - fraction * (to - from);
  const points = series.filter(({ step }) => step >= begin && step <= to);
  const mean = average(points.map(({ value }) => value));
  const unresolved = {
    mean: Number.isFinite(mean) ? mean : Number.NaN,
    standardError: Number.NaN,
    margin: Number.NaN,
    errorBound: points.length > 0 ? average(points.map((point) => point.errorBound ?? 0)) : 0,
    points: points.length,
    independent: Number.NaN,
    firstStep: points[0]?.step ?? Number.NaN,
    lastStep: points.at(-1)?.step ?? Number.NaN,
    drift: null,
  };
  if (!points.every(({ value }) => Number.isFinite(value))) {
    return { ...unresolved, status: "not-finite" };
  }
  if (points.length < MIN_POINTS) return { ...unresolved, status: "too-few-points" };

  const fitted = fitDrift(points);
  const { drift, noise } = fitted;
  const found = { ...unresolved, drift, independent: noise.independent };
  const seen = Math.abs(drift.change) > drift.changeMargin;
  const few = noise.independent < MIN_INDEPENDENT;
  if (Math.abs(drift.change) + drift.changeMargin <= NEGLIGIBLE_DRIFT * Math.abs(mean)) {
    const { standardError, margin } = few
      ? spreadOf(points, mean)
      : errorOfMean(points, mean, fitted);
    const more = seen ? Math.abs(drift.change) / 2 : 0;
    return { ...found, status: "level", standardError, margin: margin + more };
  }
  // What follows ± would read as that of a level.
  if (seen) {
    const { standardError } = few ? found : errorOfMean(points, mean, fitted);
    return { ...found, status: "drifting", standardError };
  }
  if (few) return { ...found, status: "too-few-points" };
  return { ...found, status: "level", ...errorOfMean(points, mean, fitted) };
}

/** The error of the mean of correlated points. */
function errorOfMean(points: readonly SeriesPoint[], mean: number, { noise }: FittedDrift) {
  const deviations = points.map(({ value }) => value - mean);
  const variance = Math.max(longRunVariance(deviations, 1, noise), leastVariance(points));
  const standardError = Math.sqrt(variance / points.length);
  return { standardError, margin: halfWidth(standardError, noise.cosines) };
}

/** Of points that move together, and little: how far they lie from their mean. */
function spreadOf(points: readonly SeriesPoint[], mean: number) {
  const deviations = points.map(({ value }) => Math.abs(value - mean));
  const standardError = Math.sqrt(
    Math.max(average(deviations.map((x) => x * x)), leastVariance(points)),
  );
  return {
    standardError,
    margin: Math.max(...deviations, halfWidth(standardError, points.length - 1)),
  };
}
