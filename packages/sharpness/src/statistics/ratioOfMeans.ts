import { MonteCarlo } from "./monteCarlo.js";

/**
 * The ratio of two means over the same batches as a mean of its own, to first order:
 *
 *   r = x̄/ȳ,   z_k = r + (x_k − r·y_k)/ȳ,   z̄ = r exactly
 *
 * The standard error of z̄ is that of r by the delta method. The bias of r is of order 1/m, below
 * the standard error by a factor of order 1/√m.
 *
 * @param numerators x, one for each batch
 * @param denominators y
 * @example
 * ratioOfMeans([2, 4, 6], [1, 2, 3]).mean; // 2
 */
export function ratioOfMeans(
  numerators: readonly number[],
  denominators: readonly number[],
): MonteCarlo {
  const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
  const denominator = mean(denominators);
  const ratio = mean(numerators) / denominator;
  const estimate = new MonteCarlo();
  for (const [k, x] of numerators.entries()) {
    estimate.add(ratio + (x - ratio * denominators[k]!) / denominator);
  }
  return estimate;
}

/** How uncertain a mean of numbers of both signs may be, relative to itself, to divide by it. */
const MOST_UNSURE = 1 / 2;

/**
 * Whether the mean of these numbers is surely positive, so that a ratio to it has a value and the delta
 * method an error: all of them are, or the half width of its 95 % interval is at most half of it. True of none.
 */
export function isDivisor(denominators: readonly number[]): boolean {
  if (denominators.every((y) => y > 0)) return true;
  const below = new MonteCarlo();
  for (const y of denominators) below.add(y);
  return below.mean > 0 && below.margin / below.mean < MOST_UNSURE;
}
