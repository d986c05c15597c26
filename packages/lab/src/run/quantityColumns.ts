import type { QuantitySummary } from "./summary.js";

/**
 * A quantity of a run as columns of a table: its plateau, half the width of its 95 % interval, and for
 * a sharpness the same in units of the threshold.
 */
export function quantityColumns(
  name: string,
  { plateau, relative }: QuantitySummary,
): Record<string, number> {
  return {
    [name]: plateau.mean,
    [`${name} margin`]: plateau.margin,
    ...(relative && {
      [`${name} relative`]: relative.mean,
      [`${name} relative margin`]: relative.margin,
    }),
  };
}
