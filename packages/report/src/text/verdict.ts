import { factorText, type OpenedRun } from "@eoss/run";
import { integer } from "@eoss/run/internal";
import { type PlateauOnset, plateauOnset } from "@eoss/sharpness";
import { SHARPNESSES } from "../figures/palette.js";
import { driftText, meanText, times, trendText, windowText } from "./levelText.js";

/** Whether a quantity is level over the last quarter of the steps, and the sentence that says so. */
export interface TrendVerdict extends PlateauOnset {
  /** E.g. "MiniBS is level at 1.06 ± 0.02 × 2/η over steps 6,000 to 8,000". */
  readonly sentence: string;
}

/**
 * The verdict on a quantity of a run, in units of the threshold that it compares with at last, where it
 * does and is not in units of it already.
 */
export function verdictOf(run: OpenedRun, quantity: string): TrendVerdict {
  const { formula } = run.lastComparison(quantity);
  const compares = formula !== undefined && formula !== "1";
  const series = compares ? run.relativeSeriesOf(quantity) : run.seriesOf(quantity);
  const settled = plateauOnset(run.regularPoints(series), run.lastRegime);
  const unit = compares ? factorText(formula) : "";
  const name = SHARPNESSES.find((style) => style.quantity === quantity)?.name ?? quantity;
  const collapsed = run.manifest.collapsed === undefined ? "" : "; the network has collapsed";
  return { ...settled, sentence: `${sentence(name, settled, unit)}${collapsed}` };
}

/**
 * In one sentence without a full stop: what it came to, and whether it is level there. What follows ± is
 * the half width of a 95 % interval; only of a level there is one.
 */
function sentence(name: string, result: PlateauOnset, unit: string): string {
  const window = windowText(result);
  const { status, since, sinceInterval } = result;
  const mean = `${meanText(result)}${times(unit)}`;
  if (status === "drifting") {
    return `${name} drifts over ${window}: ${driftText(result, unit)}; its mean there is ${mean}`;
  }
  if (status === "too-few-points" && Number.isFinite(result.mean)) {
    return `${name} has the mean ${mean} over ${window}, which may be level or not (${trendText(result)})`;
  }
  if (status !== "level") return `${name} over ${window}: ${trendText(result)}`;
  const level = `${name} is level at ${mean} over ${window}`;
  if (since === undefined) return level;
  const [first, last] = sinceInterval!.map(integer);
  const interval = first === last ? "" : ` (${first} to ${last})`;
  return `${level}; the rise or fall before ended at step ${integer(since)}${interval}`;
}
