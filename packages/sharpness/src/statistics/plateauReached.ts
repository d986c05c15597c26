/** The test for a plateau while a run is training. */

import { checkTypedOptions, lookedAtLater, number } from "@eoss/rng/internal";
import { findChangePoint, lastChangePoint } from "./changePoint.js";
import { fitDrift } from "./drift.js";
import { halfWidth } from "./interval.js";
import { MIN_POINTS } from "./longRunVariance.js";
import { average, checkSteps, type SeriesPoint } from "./series.js";

/** Parameters of the test for a plateau: plain data, to be kept with a run. */
export interface PlateauTest {
  /**
   * - `rise`: a plateau comes after a rise, as at the end of progressive sharpening.
   * - `any`: after a rise or a fall, or from the first point on.
   */
  readonly after: "rise" | "any";
  /** Least rise from the lowest point to the plateau, as a part of the plateau's level. */
  readonly rise: number;
  /** Points that a plateau must have at least. */
  readonly window: number;
  /** Drift that is still a plateau, over `window` points, as a part of its level ... */
  readonly drift: number;
  /** ... and its slope as a part of the slope before it; the tighter of both counts. */
  readonly slowing: number;
  /** Chance of an error in each of the tests, one-sided. */
  readonly significance: number;
}

export const plateauTestDefaults: PlateauTest = {
  after: "rise",
  rise: 0.2,
  window: 10,
  drift: 0.1,
  slowing: 0.25,
  significance: 0.01,
};

/**
 * - `reached`: the curve has risen and is level now.
 * - `drifting`: it has risen, and it is not yet certain that it is level.
 * - `no-rise`: no rise that is larger than the noise and than `rise`.
 * - `too-few-points`: fewer than `window` after the rise.
 * - `not-finite`: an infinite or missing value.
 */
export type PlateauDecision = "reached" | "drifting" | "no-rise" | "too-few-points" | "not-finite";

export interface PlateauReached {
  readonly reached: boolean;
  readonly decision: PlateauDecision;
  /** Step where the plateau begins, if it is one; absent without a rise. */
  readonly since?: number;
  /** Mean of the points from there on. */
  readonly level?: number;
  /** Their slope, the half width of its interval and the slope allowed, per step. */
  readonly slope?: number;
  readonly slopeMargin?: number;
  readonly slopeAllowed?: number;
  /** Change-point statistic of the rise; see `findChangePoint`. */
  readonly statistic?: number;
}

/**
 * Whether a curve that rose has arrived at a plateau: for decisions while a run goes on. A pure
 * function of the points, so that a resumed run decides as an uninterrupted one.
 *
 * Two questions are asked of the points since the last intervention.
 *
 * 1. Was there a rise, and where did it end? The points from the lowest on are fitted by a line that
 *    ends in a level. The rise counts if the fit is significantly better than a level alone, by the
 *    long-run variance of its residuals, and if it is `rise` of the level at least. A fall from the
 *    highest point that ends later, as after an overshoot, moves the beginning of the plateau there.
 * 2. Is the curve level since? The least-squares slope s of the points since the knot must be
 *    equivalent to zero (two one-sided tests): |s| + t·se(s) ≤ min(drift·level per window, slowing ×
 *    the slope before), with the autocorrelation-robust error of `Drift`.
 *
 * That noise hides a drift is therefore no plateau: the noisier the curve, the more points it takes.
 * A curve that is flat before it rises does not pass with `after: "rise"`, whatever its length; with
 * `after: "any"` it does. A straight rise of 50 points from 0.2 to 1 with noise of 3 % and
 * correlation 0.5 between neighbours never passed in 200 runs tested at every point; when it then
 * stayed at 1 it passed after 35 more points (median; nine in ten after 52).
 *
 * @param series points of strictly increasing steps, measured at regular steps, all since the last
 *   intervention
 * @param test parameters that differ from `plateauTestDefaults`
 * @throws RangeError if steps do not increase or a parameter makes no sense
 * @see Schuirmann (1987), A comparison of the two one-sided tests procedure, J. Pharmacokin.
 *   Biopharm. 15, 657–680
 * @example
 * const risen = Array.from({ length: 60 }, (_, i) => ({
 *   step: 10 * i,
 *   value: Math.min(i, 20) + 0.1 * (i % 2),
 * }));
 * plateauReached(risen).reached; // true
 * plateauReached(risen.slice(0, 22)).reached; // false
 */
export function plateauReached(
  series: readonly SeriesPoint[],
  test: Partial<PlateauTest> = {},
): PlateauReached {
  checkTypedOptions("plateauReached", test, {
    ...{ after: lookedAtLater, rise: number, window: number },
    ...{ drift: number, slowing: number, significance: number },
  });
  const settings = { ...plateauTestDefaults, ...test };
  const { after, rise, window, drift, slowing, significance } = settings;
  checkTest(settings);
  checkSteps(series);
  const waiting = (decision: PlateauDecision) => ({ reached: false, decision });
  if (!series.every(({ value }) => Number.isFinite(value))) return waiting("not-finite");
  if (series.length < window) return waiting("too-few-points");

  const rising = findChangePoint(series, "rise", significance);
  const last = lastChangePoint(series, significance);
  const points = series.slice(last?.knot ?? 0);
  const level = average(points.map(({ value }) => value));
  const lowest = Math.min(...series.map(({ value }) => value));
  if (after === "rise" && !(rising && level - lowest >= rise * Math.abs(level))) {
    return waiting("no-rise");
  }

  const found = {
    since: points[0]!.step,
    level,
    ...(last && { statistic: last.statistic }),
  };
  if (points.length < window) return { ...waiting("too-few-points"), ...found };

  const { slope, standardError, degrees } = fitDrift(points).drift;
  // One-sided.
  const slopeMargin = halfWidth(standardError, degrees, 1 - 2 * significance);
  const spacing = (points.at(-1)!.step - points[0]!.step) / (points.length - 1);
  const slopeAllowed = Math.min(
    (drift * Math.abs(level)) / (window * spacing),
    slowing * Math.abs(last?.slope ?? Number.POSITIVE_INFINITY),
  );
  const reached = Math.abs(slope) + slopeMargin <= slopeAllowed;
  return {
    reached,
    decision: reached ? "reached" : "drifting",
    ...found,
    slope,
    slopeMargin,
    slopeAllowed,
  };
}

/** @throws RangeError naming the parameter, its value and what is allowed */
function checkTest({ after, rise, window, drift, slowing, significance }: PlateauTest): void {
  const refuse = (name: string, value: unknown, allowed: string) => {
    throw new RangeError(`${name} of the plateau test is ${value}; allowed: ${allowed}`);
  };
  if (after !== "rise" && after !== "any") refuse("after", after, "rise, any");
  if (!(rise >= 0 && rise < 1)) refuse("rise", rise, "from 0 to less than 1");
  if (!(Number.isSafeInteger(window) && window >= MIN_POINTS)) {
    refuse("window", window, `an integer from ${MIN_POINTS} on`);
  }
  if (!(drift > 0 && drift < 1)) refuse("drift", drift, "more than 0, less than 1");
  if (!(slowing > 0 && slowing < 1)) refuse("slowing", slowing, "more than 0, less than 1");
  if (!(significance > 0 && significance < 0.5)) {
    refuse("significance", significance, "more than 0, less than 0.5");
  }
}
