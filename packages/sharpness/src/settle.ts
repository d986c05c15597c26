import { MIN_POINTS } from "./longRunVariance.js";
import { type Plateau, plateau } from "./plateau.js";
import { checkSteps, type SeriesPoint } from "./series.js";
import { laterTurn } from "./turn.js";

/**
 * - `plateau`: no drift is seen from `since` on.
 * - `rising`, `falling`: the curve drifts still, or what follows the last rise or fall is too short or
 *   too noisy to be told from it.
 * - `too-few-points`: fewer than six points.
 * - `diverged`: an infinite or missing value, but for those before the first that is neither: there
 *   the quantity had no value yet.
 */
export type SettledStatus = "plateau" | "rising" | "falling" | "too-few-points" | "diverged";

export interface Settled {
  readonly status: SettledStatus;
  readonly points: number;
  /** Step where the last rise or fall ended; the first step of a curve that has neither. */
  readonly since?: number;
  /** Its 95 % interval; absent without a rise or fall. */
  readonly sinceInterval?: readonly [first: number, last: number];
  /** Mean, interval and drift of the points from `since` on; absent if they are fewer than six. */
  readonly plateau?: Plateau;
}

export interface SettleOptions {
  /** Chance that a level with noise gets a rise or fall, about; default 0.01. */
  readonly significance?: number;
}

/**
 * Where a measured curve settles, and at what level: `plateau` of the points from the end of the last
 * rise or fall on, which is found as a change point (see `Turn`). For reports on what has been
 * measured; a decision during a run needs the certainty of `plateauReached`.
 *
 * Simulated with a straight rise of 50 points, 100 points of plateau, and noise of 3 % with
 * correlation 0.5 between neighbours: it is called a plateau in 94 % of 1,000 runs, the interval of
 * the step covers in 91 % and that of the mean in 92 %, since the knot is estimated from the same
 * points. A straight rise of 100 points without an end is called a plateau in 3 %. The knot is that of
 * a straight line: where a curve bends slowly, about where a line through the rise meets the plateau.
 *
 * @param series points of strictly increasing steps, measured at regular steps
 * @throws RangeError if the steps do not increase
 */
export function settle(
  series: readonly SeriesPoint[],
  { significance = 0.01 }: SettleOptions = {},
): Settled {
  checkSteps(series);
  const first = series.findIndex(({ value }) => Number.isFinite(value));
  if (first > 0) return settle(series.slice(first), { significance });
  const points = series.length;
  if (!series.every(({ value }) => Number.isFinite(value))) return { status: "diverged", points };
  if (points < MIN_POINTS) return { status: "too-few-points", points };

  const turn = laterTurn(series, significance);
  const since = series[turn?.knot ?? 0]!.step;
  const found = { points, since, ...(turn && { sinceInterval: turn.interval }) };
  const settled = series.slice(turn?.knot ?? 0);
  if (settled.length < MIN_POINTS) {
    return { status: turn!.slope > 0 ? "rising" : "falling", ...found };
  }
  const result = plateau(settled, { fraction: 1, from: since });
  const { change, changeMargin } = result.drift!;
  const length = result.lastStep - result.firstStep;
  // Too few points to tell the slope from that before the turn: nothing has ended yet.
  const goesOn = turn && Math.abs(change - turn.slope * length) <= changeMargin;
  const level = result.status === "level" && !goesOn;
  const direction = (goesOn ? turn.slope : change) > 0 ? "rising" : "falling";
  return { status: level ? "plateau" : direction, ...found, plateau: result };
}

/**
 * The result as a sentence without a full stop, e.g. "MiniBS plateaus at 1.06 ± 0.02 × 2/η from step
 * 3,400 (3,200 to 3,700)". What follows ± is the half width of a 95 % interval.
 *
 * @param name of the quantity
 * @param unit of the values, e.g. "2/η"; default: none
 */
export function verdict(name: string, result: Settled, unit = ""): string {
  const { status, points, since, sinceInterval, plateau: settled } = result;
  const units = unit && ` × ${unit}`;
  switch (status) {
    case "diverged":
      return `${name} diverged`;
    case "too-few-points":
      return `${name}: no plateau, too few points (${points})`;
    case "plateau": {
      const [first, last] = (sinceInterval ?? []).map(stepText);
      const interval = first !== last ? ` (${first} to ${last})` : "";
      const { mean, margin } = settled!;
      return `${name} plateaus at ${withMargin(mean, margin)}${units} from step ${stepText(since!)}${interval}`;
    }
    case "rising":
    case "falling": {
      const { drift, firstStep, lastStep } = settled ?? {};
      const change = drift
        ? `: ${withMargin(Math.abs(drift.change), drift.changeMargin)}${units} from step ${stepText(firstStep!)} to ${stepText(lastStep!)}`
        : "";
      return `${name} is still ${status}${change}`;
    }
  }
}

const stepText = (step: number) => step.toLocaleString("en-US");

/** Both to the first digit of the margin, or the second if the first is 1. */
function withMargin(value: number, margin: number): string {
  const digits = margin > 0 ? -Math.floor(Math.log10(margin)) : 3;
  const leading = margin * 10 ** digits;
  const decimals = Math.min(12, Math.max(0, digits + (leading < 1.95 ? 1 : 0)));
  return `${value.toFixed(decimals)} ± ${margin.toFixed(decimals)}`;
}
