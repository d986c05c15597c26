import { halfWidth, quantile } from "./interval.js";
import { average } from "./series.js";

/**
 * Values from which on a mean may be done. On fewer the sample deviation is so uncertain that
 * stopping where it happens to be small would spoil the interval.
 */
const MIN_VALUES = 16;

/**
 * As long as all values are the same, so many are taken: what at most 3/64 of the batches have may still be
 * missed then, and not what a fifth has, as where one sample of a dying network is alive.
 */
const SAME_VALUES = 64;
/** Deviation, relative to the scale, up to which values are the same: rounding. */
const SAME = 1e-5;

/** The skewness of a sample is on average less than that of its distribution: made up for by this. */
const SKEWNESS_FACTOR = 1.2;

/**
 * Mean of independent values, its error, and a stop rule that keeps the error honest.
 *
 * Values are added until `done`; then `mean ± margin` covers the expectation in 95 % of the cases,
 * the data-dependent number of values included. Simulated for relative tolerances of 0.01 to 0.05,
 * coefficients of variation c from 0.05 to 0.5 and at most 256 values, the coverage is between 93.4 %
 * and 97.0 % for normal, exponential, log-normal (σ = 0.5) and measured values. Log-normal with σ = 1
 * is beyond it: 87 % where the rule stops early, because the rare large values that make up
 * much of the mean are often not among the values. For normal values the rule takes one or two more
 * than the (c / tolerance)² of a known deviation, but never fewer than 16.
 * @example
 * const estimate = new MonteCarlo();
 * for (const value of [1, 2, 3]) estimate.add(value);
 * estimate.mean; // 2
 * estimate.standardError; // 0.577350
 */
export class MonteCarlo {
  readonly values: number[] = [];
  #mean = 0;
  #squares = 0;

  add(value: number): void {
    this.values.push(value);
    // Welford's update, safe for values far from zero.
    const delta = value - this.#mean;
    this.#mean += delta / this.values.length;
    this.#squares += delta * (value - this.#mean);
  }

  get mean(): number {
    return this.values.length > 0 ? this.#mean : Number.NaN;
  }

  /** s/√m with the sample deviation s; infinite for fewer than two values. */
  get standardError(): number {
    const m = this.values.length;
    return m > 1 ? Math.sqrt(this.#squares / (m * (m - 1))) : Number.POSITIVE_INFINITY;
  }

  /**
   * Half width of the 95 % interval around the mean. With the deviations d of m values from it:
   *
   *   t·se + |γ| s (1 + 2t²) / (6m),   γ = 1.2 mean(d³) / mean(d²)^(3/2),   s = se·√m
   *
   * with Student's quantile t. The second part is the shift that a skew distribution gives the
   * t-statistic, taken to both sides. Infinite for fewer than two values.
   *
   * @see Johnson (1978), Modified t tests and confidence intervals for asymmetrical populations,
   *   JASA 73, 536–544
   */
  get margin(): number {
    const m = this.values.length;
    if (m < 2) return Number.POSITIVE_INFINITY;
    const t = quantile(m - 1);
    // Each deviation is divided before its cube is taken, which might not be representable.
    const deviation = Math.sqrt(this.#squares / m);
    const cubes = () => average(this.values.map((x) => ((x - this.#mean) / deviation) ** 3));
    const skewness = deviation > 0 ? SKEWNESS_FACTOR * cubes() : 0;
    const shift = (Math.abs(skewness) * (1 + 2 * t ** 2)) / (6 * Math.sqrt(m));
    return (t + shift) * this.standardError;
  }

  /**
   * Whether the mean is good enough: at least 16 values, and Student's 95 % quantile times the
   * standard error is at most the normal quantile times `tolerance · scale`. That makes up for a
   * sample deviation that is small by chance. While all values are the same, at least 64: a deviation of 0
   * says that others are rare, and not that there are none. A mean that is not finite is done too: further
   * values do not mend it.
   *
   * @param tolerance standard error allowed, relative to the scale
   * @param scale default: |mean|. For a difference give the size of what it is a difference of.
   * @see Chow, Robbins (1965), On the asymptotic theory of fixed-width sequential confidence
   *   intervals for the mean, Ann. Math. Statist. 36, 457–462
   */
  done(tolerance: number, scale: number = Math.abs(this.mean)): boolean {
    const m = this.values.length;
    if (!Number.isFinite(this.mean)) return m > 0;
    const allowed = tolerance * scale;
    if (m < MIN_VALUES || this.standardError > allowed) return false;
    const { standardError } = this;
    if (m < SAME_VALUES && standardError * Math.sqrt(m) <= SAME * scale) return false;
    return halfWidth(standardError, m - 1) <= halfWidth(allowed, Number.POSITIVE_INFINITY);
  }
}
