import { type Drift, fitDrift } from "./drift.js";
import { cosinesFor, leastVariance, longRunVariance, MIN_POINTS } from "./longRunVariance.js";
import { average, checkSteps, type SeriesPoint } from "./series.js";
import { studentQuantile } from "./studentQuantile.js";

export interface PlateauOptions {
  /** Part of the run's steps that is averaged, counted from its end; in (0, 1], default 1/4. */
  readonly fraction?: number;
  /** First step of the run, default 0. */
  readonly from?: number;
  /** Last step of the run; default: the step of the last point. */
  readonly to?: number;
}

/**
 * - `level`: no drift was seen at the 95 % level; `drift` says how much could still hide.
 * - `drifting`: the values still rise or fall; the mean is no plateau.
 * - `too-few-points`: fewer than six points; the mean, if any, has no error.
 * - `not-finite`: an infinite or missing value among the points.
 */
export type PlateauStatus = "level" | "drifting" | "too-few-points" | "not-finite";

export interface Plateau {
  readonly status: PlateauStatus;
  /** Mean of the points; NaN without points or with one that is not finite. */
  readonly mean: number;
  /** Standard error of the mean of a correlated series; NaN where it cannot be estimated. */
  readonly standardError: number;
  /** Half width of the 95 % interval: Student's quantile × the standard error. */
  readonly margin: number;
  /** Bound on the numerical error of the mean; 0 if the points have none. */
  readonly errorBound: number;
  readonly points: number;
  /** Steps of the first and the last point; NaN without points. */
  readonly firstStep: number;
  readonly lastStep: number;
  /** The linear trend; null where it cannot be estimated. */
  readonly drift: Drift | null;
}

/**
 * Where a measured curve settles: its mean over the last quarter of the run's steps, the error of
 * that mean, and whether the curve still drifts.
 *
 * Successive measurements of a training run are correlated, so σ/√N is too small an error. What
 * takes the place of σ² is the long-run variance Ω, read off the B lowest cosines (B from 3 to 8):
 * se(mean) = √(Ω/N), and (mean − μ)/se follows Student's t with B degrees of freedom. The trend is
 * fitted by least squares. Ω is never taken below the mean of the points' own squared errors.
 *
 * Points count equally, so measure at regular steps. Memory longer than the window cannot be seen
 * from within it: with correlation 0.9 between neighbours and N = 20, the 95 % interval covers
 * the truth in about 70 % of the cases.
 *
 * @param series points of strictly increasing steps
 * @throws RangeError if the steps do not increase or the fraction is not in (0, 1]
 * @see Lazarus, Lewis, Stock, Watson (2018), HAR Inference: Recommendations for Practice
 *
 * @example
 * const { mean, standardError, status } = plateau(points, { to: 8_000 });
 */
export function plateau(series: readonly SeriesPoint[], options: PlateauOptions = {}): Plateau {
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
    firstStep: points[0]?.step ?? Number.NaN,
    lastStep: points.at(-1)?.step ?? Number.NaN,
    drift: null,
  };
  if (!points.every(({ value }) => Number.isFinite(value))) {
    return { ...unresolved, status: "not-finite" };
  }
  if (points.length < MIN_POINTS) return { ...unresolved, status: "too-few-points" };

  const degrees = cosinesFor(points.length);
  const quantile = studentQuantile(0.975, degrees);
  const deviations = points.map(({ value }) => value - mean);
  const variance = Math.max(longRunVariance(deviations, 1, degrees), leastVariance(points));
  const standardError = Math.sqrt(variance / points.length);
  const drift = fitDrift(points);
  return {
    ...unresolved,
    status: Math.abs(drift.tScore) > quantile ? "drifting" : "level",
    standardError,
    margin: quantile * standardError,
    drift,
  };
}
