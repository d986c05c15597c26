import { type Settled, settle, verdict } from "@eoss/sharpness";
import type { Run } from "../run/read.js";
import { lastRegime, thresholdsOf } from "../run/regimes.js";
import { relativeSeriesOf, seriesOf } from "../run/series.js";
import { SHARPNESSES } from "./palette.js";
import { thresholdLevels } from "./threshold.js";

/** Where a quantity settled since the last change of a run, and the sentence that says so. */
export interface Verdict extends Settled {
  /** E.g. "MiniBS plateaus at 1.06 ± 0.02 × 2/η from step 3,400 (3,200 to 3,700)". */
  readonly sentence: string;
}

/**
 * The verdict on a quantity of a run, in units of the stability threshold where it compares with one.
 *
 * @param isSharpness whether values of the quantity are curvatures like those that 2/η bounds
 */
export function verdictOf(run: Run, quantity: string, isSharpness: boolean): Verdict {
  const { from, to } = lastRegime(run);
  const compares = isSharpness && !Number.isNaN(thresholdsOf(run, quantity)(to));
  const series = (compares ? relativeSeriesOf : seriesOf)(run, quantity);
  const settled = settle(series.filter(({ step }) => step >= from));
  const unit = compares ? thresholdLevels(run, quantity).at(-1)!.formula : "";
  const name = SHARPNESSES.find((style) => style.quantity === quantity)?.name ?? quantity;
  return { ...settled, sentence: verdict(name, settled, unit) };
}
