import type { OpenedRun } from "@eoss/run";
import { marginOf, marginOfDependentSum, type SeriesPoint } from "@eoss/sharpness";

/**
 * What a recipe calls `minibs`, `overlap/ratio` for a part of a quantity, or `minibs - fullbs` for a
 * difference step by step, against steps.
 *
 * @param unit "threshold": divided by the threshold of each step; NaN where it does not compare with one
 */
export function namedSeries(
  run: OpenedRun,
  name: string,
  unit: "threshold" | "none",
): readonly SeriesPoint[] {
  const [first = "", second] = name.split(" - ");
  if (second !== undefined) {
    return differenceOf(namedSeries(run, first, unit), namedSeries(run, second, unit));
  }
  const [quantity = "", part] = name.split("/");
  if (part !== undefined) return run.partsOf(quantity).get(part)?.[0] ?? [];
  return unit === "threshold" ? run.relativeSeriesOf(quantity) : run.seriesOf(quantity);
}

/**
 * a − b at the steps that both have. They may have been measured on the same batches, and then be
 * correlated either way: standard errors, margins and bounds add.
 */
export function differenceOf(a: readonly SeriesPoint[], b: readonly SeriesPoint[]): SeriesPoint[] {
  const subtracted = new Map(b.map((point) => [point.step, point]));
  return a.flatMap((point) => {
    const other = subtracted.get(point.step);
    if (other === undefined) return [];
    return [
      {
        step: point.step,
        value: point.value - other.value,
        standardError: (point.standardError ?? 0) + (other.standardError ?? 0),
        margin: marginOfDependentSum(marginOf(point), marginOf(other)),
        errorBound: (point.errorBound ?? 0) + (other.errorBound ?? 0),
      },
    ];
  });
}
