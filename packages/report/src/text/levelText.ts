import { short, withError } from "@eoss/run";
import { integer } from "@eoss/run/internal";
import type { Plateau } from "@eoss/sharpness";

/**
 * The words for what `plateau` finds, which all tables, reports and messages use: level, drifting, too
 * few points, not finite.
 */

/** The mean, with its interval only where it is that of a level: "1.034 ± 0.012", or "1.03". */
export function meanText({ mean, margin }: Plateau): string {
  return withError(mean, margin);
}

/**
 * Whether it is a level: "level", "drifting: +0.12 ± 0.05 per 1,000 steps", "too few points: 13, worth
 * 3 independent", "not finite".
 *
 * @param unit of the values, e.g. "2/η"; default: none
 */
export function trendText(result: Plateau, unit = ""): string {
  const { status, points, independent, drift } = result;
  if (status === "level") return "level";
  if (status === "not-finite") return "not finite";
  if (status === "drifting") return `drifting: ${driftText(result, unit)}`;
  const few = drift === null ? "" : `, worth ${short(independent, 1)} independent`;
  return `too few points: ${integer(points)}${few}`;
}

/** "+0.12 ± 0.05 × 2/η per 1,000 steps": the largest power of ten within the window. */
export function driftText({ drift, firstStep, lastStep }: Plateau, unit = ""): string {
  if (drift === null) return "–";
  const steps = 10 ** Math.floor(Math.log10(lastStep - firstStep));
  const part = steps / (lastStep - firstStep);
  const change = withError(part * drift.change, part * drift.changeMargin, true);
  return `${change}${times(unit)} per ${steps === 1 ? "step" : `${integer(steps)} steps`}`;
}

/** "1.034 ± 0.012", or "1.03 (drifting: …)": all in one cell. */
export function levelText(result: Plateau): string {
  const trend = trendText(result);
  return result.status === "level" ? meanText(result) : `${meanText(result)} (${trend})`;
}

/** "steps 6,000 to 8,000", the window that was looked at. */
export function windowText({ points, firstStep, lastStep }: Plateau): string {
  return points > 0 ? `steps ${integer(firstStep)} to ${integer(lastStep)}` : "no step";
}

export const times = (unit: string): string => (unit === "" ? "" : ` × ${unit}`);
