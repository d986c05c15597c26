import { studentQuantile } from "./studentQuantile.js";

/**
 * Every interval of these packages is made here: how probable it is that it holds the truth, how many
 * standard errors it is wide, and what becomes of it in sums, differences and ratios.
 */

/** Probability that an interval holds the truth. */
const CONFIDENCE = 0.95;

/**
 * Fewest values that a mean over batches is taken of. Fewer may not be allowed: the standard error
 * would itself be too uncertain.
 */
export const MIN_BATCHES = 8;

/** What is known of how far a value may be off, in its unit. */
export interface Uncertainty {
  /** Half width of its interval, where whoever measured it made one. */
  readonly margin?: number | undefined;
  readonly standardError?: number | undefined;
  /** Bound on the numerical error. */
  readonly errorBound?: number | undefined;
}

/**
 * Half the width of a two-sided interval in standard errors: Student's quantile.
 *
 * @param degrees of freedom that the standard error was estimated with; infinite if it is known
 */
export function quantile(degrees: number, confidence: number = CONFIDENCE): number {
  return studentQuantile((1 + confidence) / 2, degrees);
}

/** Half width of the interval around an estimate: `quantile` × its standard error. */
export function halfWidth(
  standardError: number,
  degrees: number,
  confidence: number = CONFIDENCE,
): number {
  return standardError === 0 ? 0 : quantile(degrees, confidence) * standardError;
}

/**
 * Half width of the interval of a measured value, without the bound on its numerical error: its own
 * margin. A bare standard error, as in records of early versions, does not say how many values it
 * comes from: it is taken for one of the fewest that there may be, which makes the interval rather too
 * wide than too narrow. 0 where neither is known.
 */
export function marginOf({ margin, standardError = 0 }: Uncertainty): number {
  return margin ?? halfWidth(standardError, MIN_BATCHES - 1);
}

/**
 * The same with the bound on the numerical error, which comes on top: what stands behind ± and what a
 * band or an error bar is drawn with. Null where nothing is known.
 * @example
 * errorOf({ margin: 0.2, errorBound: 0.01 }); // 0.21
 */
export function errorOf(value: Uncertainty): number | null {
  if (value.margin === undefined && value.standardError === undefined) {
    return value.errorBound ?? null;
  }
  return marginOf(value) + (value.errorBound ?? 0);
}

/**
 * Margin of a sum or difference of independent estimates: their margins add in squares. It holds the
 * truth at least as often as each of them, whatever the degrees of freedom.
 *
 * @see Banerjee (1960), Approximate confidence interval for linear functions of means of k populations
 *   when the population variances are not equal, Sankhyā 22, 357–358
 * @example
 * marginOfSum(3, 4); // 5
 */
export function marginOfSum(...margins: readonly number[]): number {
  return Math.hypot(...margins);
}

/** The same where the estimates share batches, or nothing is known of that: margins add. */
export function marginOfDependentSum(...margins: readonly number[]): number {
  return margins.reduce((sum, margin) => sum + margin, 0);
}

/**
 * Margin of a ratio r = a/b of estimates that share batches, or of which nothing is known: how far the
 * r′ with |a − r′b| ≤ margin of a + |r′|·margin of b may lie from r. Infinite where b may be zero.
 *
 * @see Fieller (1954), Some problems in interval estimation, J. R. Stat. Soc. B 16, 175–185
 * @example
 * marginOfRatio({ value: 2, margin: 0.1 }, { value: 1, margin: 0 }); // 0.1
 */
export function marginOfRatio(
  above: { readonly value: number; readonly margin: number },
  below: { readonly value: number; readonly margin: number },
): number {
  const [a, b] = [Math.abs(above.value), Math.abs(below.value)];
  if (!(b > below.margin)) return Number.POSITIVE_INFINITY;
  return (a + above.margin) / (b - below.margin) - a / b;
}

/**
 * A margin widened to so many standard errors of a normal value: 3 for 99.7 %. Never narrower than the
 * margin itself.
 */
export function widened(margin: number, errors: number): number {
  return margin * Math.max(1, errors / quantile(Number.POSITIVE_INFINITY));
}
