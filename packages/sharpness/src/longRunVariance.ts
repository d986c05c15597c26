import { average, dot, type SeriesPoint } from "./series.js";

/** Below this many points neither a mean nor a trend gets an error. */
export const MIN_POINTS = 6;

/**
 * B = 0.4·N^⅔, kept between 3 and 8: cosines that a long-run variance is read from. Few, so that
 * noise with a long memory is covered too.
 */
export function cosinesFor(points: number): number {
  return Math.min(8, Math.max(3, Math.floor(0.4 * points ** (2 / 3))));
}

/**
 * Long-run variance Ω = Σₖ Cov(yₜ, yₜ₊ₖ) of a series around zero: what takes the place of σ² in the
 * error of a mean or a trend when successive values are correlated. It is the spectrum at frequency
 * zero, read off low cosines, whose coefficients are nearly independent with variance Ω each:
 *
 *   Λⱼ = √(2/N) Σₜ yₜ cos(πj(t + ½)/N),   Ω = (1/B) Σⱼ Λⱼ²,   j = first … first + B − 1
 *
 * B·Ω̂/Ω follows χ² with B degrees of freedom: exactly for white Gaussian noise, nearly for
 * correlated noise that forgets within N/B points.
 *
 * @param values deviations from a mean (first = 1), or residuals of a trend (first = 2, because the
 *   first cosine looks like a trend itself)
 * @see Lazarus, Lewis, Stock, Watson (2018), HAR Inference: Recommendations for Practice
 */
export function longRunVariance(values: readonly number[], first: number, cosines: number): number {
  const n = values.length;
  const squares = Array.from({ length: cosines }, (_, i) => {
    const frequency = (Math.PI * (first + i)) / n;
    const waves = values.map((_, t) => Math.cos(frequency * (t + 1 / 2)));
    return (2 / n) * dot(waves, values) ** 2;
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
