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

/** By how many of its standard errors a mean of numbers of both signs has to be above 0 to divide by it. */
const CLEAR_OF_ZERO = 4;

/**
 * Whether the mean of these numbers is surely positive, so that a ratio to it has a value and the delta
 * method an error: all of them are, or their mean is four standard errors above 0. True of none.
 */
export function isDivisor(denominators: readonly number[]): boolean {
  if (denominators.every((y) => y > 0)) return true;
  const below = new MonteCarlo();
  for (const y of denominators) below.add(y);
  return below.mean > CLEAR_OF_ZERO * below.standardError;
}
