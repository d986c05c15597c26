import { cosinesFor, leastVariance, longRunVariance } from "./longRunVariance.js";
import { average, dot, type SeriesPoint } from "./series.js";
import { studentQuantile } from "./studentQuantile.js";

/** The linear trend of a series, with errors that know of correlation between its points. */
export interface Drift {
  /** Least-squares slope, in units of the value per step. */
  readonly slope: number;
  readonly standardError: number;
  /** Degrees of freedom of the standard error. */
  readonly degrees: number;
  /** Slope over its standard error: follows Student's t if there is no trend. */
  readonly tScore: number;
  /** Fitted change from the first point to the last, in the unit of the value ... */
  readonly change: number;
  /** ... and the half width of its 95 % interval. */
  readonly changeMargin: number;
}

/** Fits a line; the long-run variance comes from the residuals, from the cosines 2 … B + 1. */
export function fitDrift(points: readonly SeriesPoint[]): Drift {
  const center = average(points.map(({ step }) => step));
  const mean = average(points.map(({ value }) => value));
  const times = points.map(({ step }) => step - center);
  const deviations = points.map(({ value }) => value - mean);
  const spread = dot(times, times);
  const slope = dot(times, deviations) / spread;
  const residuals = deviations.map((deviation, i) => deviation - slope * times[i]!);
  const degrees = cosinesFor(points.length);
  const variance = Math.max(longRunVariance(residuals, 2, degrees), leastVariance(points));
  const standardError = Math.sqrt(variance / spread);
  const length = points.at(-1)!.step - points[0]!.step;
  return {
    slope,
    standardError,
    degrees,
    tScore: slope === 0 ? 0 : slope / standardError,
    change: slope * length,
    changeMargin: studentQuantile(0.975, degrees) * standardError * length,
  };
}
