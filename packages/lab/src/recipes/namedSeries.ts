import type { SeriesPoint } from "@eoss/sharpness";
import type { Run } from "../run/read.js";
import { partsOf, relativeSeriesOf, seriesOf } from "../run/series.js";

/**
 * What a recipe calls `minibs`, or `overlap/ratio` for a part of a quantity, against steps.
 *
 * @param unit "threshold": divided by 2/η of each step; NaN where it does not compare with one
 */
export function namedSeries(run: Run, name: string, unit: "threshold" | "none"): SeriesPoint[] {
  const [quantity = "", part] = name.split("/");
  if (part !== undefined) return partsOf(run, quantity).get(part)?.[0] ?? [];
  return unit === "threshold" ? relativeSeriesOf(run, quantity) : seriesOf(run, quantity);
}
