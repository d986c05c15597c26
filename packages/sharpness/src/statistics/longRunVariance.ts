import { average, dot, type SeriesPoint } from "./series.js";

/** Below this many points neither a mean nor a trend gets an error. */
export const MIN_POINTS = 6;

/** Below this many independent points the correlation is too uncertain to allow for it. */
export const MIN_INDEPENDENT = 4;

/** From here on residuals of a parabola are looked at, so that a curve that bends is no noise. */
const BENDING_POINTS = 30;

/** Larger correlations are not told from this one within a window. */
const MOST_CORRELATION = 0.97;

/** The noise of a series of measurements, as far as its own points show it. */
export interface Noise {
  /** Correlation ρ between neighbours, from 0 on: made up for what a short series hides of it. */
  readonly correlation: number;
  /** N(1 − ρ)/(1 + ρ): so many independent points would know the mean as well as these N. */
  readonly independent: number;
  /** Cosines that a long-run variance is read from: its degrees of freedom. */
  readonly cosines: number;
}

/**
 * The noise of residuals. Their correlation r is less than that of the noise they come from, because a
 * fit follows the noise: with p fitted parameters r is about ρ − (p + (p + 2)ρ)/N, which is undone here.
 *
 * Cosines are few, 0.4·M^⅔ of M independent points and between 2 and 8, so that noise with a memory
 * longer than that of neighbours is covered too.
 *
 * @param parameters p: 1 for deviations from a mean, 2 for those from a line, 3 from a parabola
 * @see Marriott, Pope (1954), Bias in the estimation of autocorrelations, Biometrika 41, 390–402
 */
export function noiseOf(residuals: readonly number[], parameters: number): Noise {
  const n = residuals.length;
  const spare = n - parameters - 2;
  const squares = dot(residuals, residuals);
  const products = dot(residuals.slice(1), residuals);
  const seen = squares > 0 ? (products * n) / (squares * (n - 1)) : 0;
  const undone = spare > 0 ? (n * seen + parameters) / spare : MOST_CORRELATION;
  const correlation = Math.min(MOST_CORRELATION, Math.max(0, undone));
  const independent = (n * (1 - correlation)) / (1 + correlation);
  const cosines = Math.min(8, Math.max(2, Math.floor(0.4 * independent ** (2 / 3))));
  return { correlation, independent, cosines };
}

/**
 * What is left of the residuals of a line once a parabola is taken out of them, and how many parameters
 * were then fitted in all; of few points the residuals themselves.
 */
export function withoutBend(residuals: readonly number[], times: readonly number[]) {
  if (residuals.length < BENDING_POINTS) return { residuals, parameters: 2 };
  const squares = times.map((t) => t * t);
  const mean = average(squares);
  const spread = dot(times, times);
  const along = dot(squares, times) / spread;
  const bend = squares.map((square, i) => square - mean - along * times[i]!);
  const size = dot(bend, residuals) / dot(bend, bend);
  return { residuals: residuals.map((x, i) => x - size * bend[i]!), parameters: 3 };
}

/**
 * Long-run variance Ω = Σₖ Cov(yₜ, yₜ₊ₖ) of a series around zero: what takes the place of σ² in the
 * error of a mean or a trend when successive values are correlated. It is the spectrum at frequency
 * zero, read off low cosines, whose coefficients are nearly independent:
 *
 *   Λⱼ = √(2/N) Σₜ yₜ cos(πj(t + ½)/N),   Ω = (1/B) Σⱼ Λⱼ² S(0)/S(πj/N),   j = first … first + B − 1
 *
 * S is the spectrum of noise whose neighbours have the correlation ρ: it is lower at πj/N than at zero
 * by the factor 1 + 4ρ sin²(πj/2N)/(1 − ρ)². B·Ω̂/Ω follows χ² with B degrees of freedom: exactly for
 * white Gaussian noise, nearly for other noise.
 *
 * @param values deviations from a mean (first = 1) or residuals of a fit with p parameters (first = p,
 *   because the cosines below it look like the fit itself)
 * @see Lazarus, Lewis, Stock, Watson (2018), HAR Inference: Recommendations for Practice
 * @see Andrews, Monahan (1992), An improved heteroskedasticity and autocorrelation consistent covariance
 *   matrix estimator, Econometrica 60, 953–966
 */
export function longRunVariance(
  values: readonly number[],
  first: number,
  { correlation, cosines }: Noise,
): number {
  const n = values.length;
  const squares = Array.from({ length: cosines }, (_, i) => {
    const frequency = (Math.PI * (first + i)) / n;
    const waves = values.map((_, t) => Math.cos(frequency * (t + 1 / 2)));
    const fall = 1 + (4 * correlation * Math.sin(frequency / 2) ** 2) / (1 - correlation) ** 2;
    return (2 / n) * dot(waves, values) ** 2 * fall;
  });
  return average(squares);
}

/** The least that Ω can be: the points' own squared errors, and what rounding does to values. */
export function leastVariance(points: readonly SeriesPoint[]): number {
  return Math.max(
    average(points.map((point) => (point.standardError ?? 0) ** 2)),
    // Keeps the t-score of a constant at zero.
    1e-26 * average(points.map(({ value }) => value ** 2)),
  );
}
