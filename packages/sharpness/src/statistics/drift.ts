import { halfWidth } from "./interval.js";
import {
  leastVariance,
  longRunVariance,
  MIN_INDEPENDENT,
  type Noise,
  noiseOf,
  withoutBend,
} from "./longRunVariance.js";
import { average, dot, type SeriesPoint } from "./series.js";

/** The trend of a series, with errors that know of correlation between its points. */
export interface Drift {
  /** In units of the value per step. */
  readonly slope: number;
  readonly standardError: number;
  /** Degrees of freedom of the standard error. */
  readonly degrees: number;
  /** Slope over its standard error: follows Student's t if there is no trend. */
  readonly tScore: number;
  /** Change from the first point to the last, in the unit of the value ... */
  readonly change: number;
  /** ... and the half width of its interval. */
  readonly changeMargin: number;
  /** So many independent points would know as much as these; at most their number. */
  readonly independent: number;
}

/** A trend, and the noise around it. */
export interface FittedDrift {
  readonly drift: Drift;
  readonly noise: Noise;
}

/**
 * Fits a line by least squares; the long-run variance comes from its residuals (see
 * `longRunVariance`). Of fewer than four independent points the correlation cannot be told from that of
 * a random walk: the trend is then the mean of the steps from point to point, whose error holds for any
 * correlation.
 *
 * @param points at least six, at regular steps
 */
export function fitDrift(points: readonly SeriesPoint[]): FittedDrift {
  const n = points.length;
  const center = average(points.map(({ step }) => step));
  const mean = average(points.map(({ value }) => value));
  const times = points.map(({ step }) => step - center);
  const deviations = points.map(({ value }) => value - mean);
  const spread = dot(times, times);
  const along = dot(times, deviations) / spread;
  const { residuals, parameters } = withoutBend(
    deviations.map((deviation, i) => deviation - along * times[i]!),
    times,
  );
  const noise = noiseOf(residuals, parameters);
  const length = points.at(-1)!.step - points[0]!.step;
  if (noise.independent < MIN_INDEPENDENT) {
    const steps = points.slice(1).map(({ value }, i) => value - points[i]!.value);
    const step = average(steps);
    const squares = dot(steps, steps) - steps.length * step ** 2;
    // The points' own errors are in the first and the last.
    const variance = Math.max(
      (steps.length * Math.max(0, squares)) / (n - 2),
      2 * leastVariance(points),
    );
    return {
      drift: driftOf(step * steps.length, Math.sqrt(variance), n - 2, length, noise),
      noise,
    };
  }
  const variance = Math.max(longRunVariance(residuals, parameters, noise), leastVariance(points));
  const error = Math.sqrt(variance / spread) * length;
  return { drift: driftOf(along * length, error, noise.cosines, length, noise), noise };
}

function driftOf(
  change: number,
  error: number,
  degrees: number,
  length: number,
  { independent }: Noise,
): Drift {
  return {
    slope: change / length,
    standardError: error / length,
    degrees,
    tScore: change === 0 ? 0 : change / error,
    change,
    changeMargin: halfWidth(error, degrees),
    independent,
  };
}
