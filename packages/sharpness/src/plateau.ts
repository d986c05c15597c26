/** One measured value of a training run, in the order of its steps. */
export interface SeriesPoint {
  /** Parameter updates made before the measurement. */
  readonly step: number;
  readonly value: number;
  /** Standard error of the value, in its unit; errors of different points are independent. */
  readonly standardError?: number | undefined;
  /** Bound on the numerical error of the value, in its unit. */
  readonly errorBound?: number | undefined;
}

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

export interface Drift {
  /** Least-squares slope, in units of the value per step. */
  readonly slope: number;
  readonly standardError: number;
  /** Slope over its standard error: follows Student's t if there is no trend. */
  readonly tScore: number;
  /** Fitted change from the first point to the last, in the unit of the value ... */
  readonly change: number;
  /** ... and the half width of its 95 % interval. */
  readonly changeMargin: number;
}

const MIN_POINTS = 6;

/** Two-sided 95 % quantiles of Student's t, by degrees of freedom. */
const STUDENT_95 = [Number.NaN, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306] as const;

/**
 * Where a measured curve settles: its mean over the last quarter of the run's steps, the error of
 * that mean, and whether the curve still drifts.
 *
 * Successive measurements of a training run are correlated, so σ/√N is too small an error. What
 * the error of a mean needs is the long-run variance Ω = Σₖ Cov(yₜ, yₜ₊ₖ), the spectrum at
 * frequency zero. It is read off the B lowest cosines, whose coefficients are nearly independent
 * with variance Ω each:
 *
 *   Λⱼ = √(2/N) Σₜ yₜ cos(πj(t + ½)/N),   Ω = (1/B) Σⱼ Λⱼ²,   se(mean) = √(Ω/N)
 *
 * and (mean − μ)/se follows Student's t with B degrees of freedom: exactly for white Gaussian
 * noise, nearly for correlated noise that forgets within N/B points. B = 0.4·N^⅔, kept between 3
 * and 8: few, so that noise with a long memory is covered too. The trend is fitted by least
 * squares; its Ω comes from the residuals, from the cosines 2 … B + 1, because the first one looks
 * like a trend itself. Ω is never taken below the mean of the points' own squared errors.
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
  for (let i = 1; i < series.length; i++) {
    if (!(series[i]!.step > series[i - 1]!.step)) {
      throw new RangeError(
        `steps must increase: ${series[i]!.step} follows ${series[i - 1]!.step} at point ${i}`,
      );
    }
  }

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

  const degrees = Math.min(8, Math.max(3, Math.floor(0.4 * points.length ** (2 / 3))));
  const quantile = STUDENT_95[degrees]!;
  const deviations = points.map(({ value }) => value - mean);
  const noiseFloor = Math.max(
    average(points.map((point) => (point.standardError ?? 0) ** 2)),
    // What rounding alone can do to the values: keeps the t-score of a constant at zero.
    1e-26 * average(points.map(({ value }) => value ** 2)),
  );
  const variance = Math.max(longRunVariance(deviations, 1, degrees), noiseFloor);
  const standardError = Math.sqrt(variance / points.length);
  const drift = fitDrift(points, deviations, degrees, noiseFloor);
  return {
    ...unresolved,
    status: Math.abs(drift.tScore) > quantile ? "drifting" : "level",
    standardError,
    margin: quantile * standardError,
    drift,
  };
}

function fitDrift(
  points: readonly SeriesPoint[],
  deviations: readonly number[],
  degrees: number,
  noiseFloor: number,
): Drift {
  const center = average(points.map(({ step }) => step));
  const times = points.map(({ step }) => step - center);
  const spread = dot(times, times);
  const slope = dot(times, deviations) / spread;
  const residuals = deviations.map((deviation, i) => deviation - slope * times[i]!);
  const variance = Math.max(longRunVariance(residuals, 2, degrees), noiseFloor);
  const standardError = Math.sqrt(variance / spread);
  const length = points.at(-1)!.step - points[0]!.step;
  return {
    slope,
    standardError,
    tScore: slope === 0 ? 0 : slope / standardError,
    change: slope * length,
    changeMargin: STUDENT_95[degrees]! * standardError * length,
  };
}

/** Ω from `count` cosines, beginning with the number `first`. */
function longRunVariance(values: readonly number[], first: number, count: number): number {
  const n = values.length;
  const squares = Array.from({ length: count }, (_, i) => {
    const frequency = (Math.PI * (first + i)) / n;
    const cosines = values.map((_, t) => Math.cos(frequency * (t + 1 / 2)));
    return (2 / n) * dot(cosines, values) ** 2;
  });
  return average(squares);
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
