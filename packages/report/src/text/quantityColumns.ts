import { comparisonColumns } from "@eoss/run";
import type { QuantitySummary } from "./summary.js";

/**
 * A quantity of a run as columns of a table: its plateau, half the width of its 95 % interval, of a
 * sharpness the same in units of the threshold, and what a curvature is compared with at the last step.
 */
export function quantityColumns(
  name: string,
  { plateau, relative, comparison }: QuantitySummary,
): Record<string, number | string | null> {
  const compared = Object.entries(comparisonColumns(comparison)).filter(
    ([column, value]) => value !== null || (column === "threshold" && comparison.matrix !== "none"),
  );
  return {
    [name]: plateau.mean,
    [`${name} margin`]: plateau.margin,
    ...(relative && {
      [`${name} relative`]: relative.mean,
      [`${name} relative margin`]: relative.margin,
    }),
    ...Object.fromEntries(
      compared.map(([column, value]) => [`${name} ${column.replaceAll("_", " ")}`, value]),
    ),
  };
}
