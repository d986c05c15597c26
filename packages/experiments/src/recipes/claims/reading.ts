import { trendText, windowText } from "@eoss/report";
import { withoutFolders } from "@eoss/report/internal";
import type { OpenedRun } from "@eoss/run";
import {
  marginOf,
  marginOfRatio,
  marginOfSum,
  plateau,
  type SeriesPoint,
  type Uncertainty,
} from "@eoss/sharpness";
import { widened } from "@eoss/sharpness/internal";
import { differenceOf, namedSeries } from "../namedSeries.js";
import { type Measured, type Range, rangeText, within } from "./claim.js";

/** A quantity read off a run. */
export interface ClaimReading {
  readonly value: number;
  readonly standardError: number;
  /** Half width of the 95 % interval, without the bound on the numerical error. */
  readonly margin: number;
  readonly errorBound: number;
  /** Why it says nothing final, e.g. that the run still drifts; absent if it does. */
  readonly unsettled?: string;
}

export interface ClaimReadingOptions {
  readonly at: "plateau" | "end" | "start";
  readonly unit: "threshold" | "none";
}

const NOTHING = { value: Number.NaN, standardError: Number.NaN, margin: Number.NaN, errorBound: 0 };
const NOT_MADE: ClaimReading = { ...NOTHING, unsettled: "the run could not be made" };

/** Where a quantity of a run settled, or one measurement of it. */
export function readingOf(
  run: OpenedRun | undefined,
  quantity: string,
  { at, unit }: ClaimReadingOptions,
): ClaimReading {
  if (run === undefined) return NOT_MADE;
  const without = unit === "threshold" ? noThreshold(run, quantity) : undefined;
  if (without !== undefined) return { ...NOTHING, unsettled: without };
  return readSeries(run, namedSeries(run, quantity, unit), at, quantity);
}

/** Why a quantity, or one of a difference, has no threshold at last to be divided by. */
function noThreshold(run: OpenedRun, named: string): string | undefined {
  const names = named.split(" - ").filter((name) => !name.includes("/"));
  const comparisons = names.map((name) => run.lastComparison(name));
  const none = comparisons.find(({ formula }) => formula === undefined);
  return none && `no threshold: ${withoutFolders(none.words)}`;
}

/** The same of the ratio of two quantities, step by step: what moves both cancels. */
export function ratioOf(
  run: OpenedRun | undefined,
  [above, below]: readonly [string, string],
  at: ClaimReadingOptions["at"],
): ClaimReading {
  if (run === undefined) return NOT_MADE;
  const under = new Map(namedSeries(run, below, "none").map((point) => [point.step, point]));
  const series = namedSeries(run, above, "none").flatMap((over) => {
    const point = under.get(over.step);
    if (point === undefined) return [];
    const value = over.value / point.value;
    // To first order; relative errors add, for the two may be correlated either way.
    const sum = (key: "standardError" | "errorBound") =>
      Math.abs(value) *
      ((over[key] ?? 0) / Math.abs(over.value) + (point[key] ?? 0) / Math.abs(point.value));
    return [
      {
        step: over.step,
        value,
        standardError: sum("standardError"),
        margin: marginOfRatio(
          { value: over.value, margin: marginOf(over) },
          { value: point.value, margin: marginOf(point) },
        ),
        errorBound: sum("errorBound"),
      },
    ];
  });
  return readSeries(run, series, at, `${above} / ${below}`);
}

/**
 * The same of one quantity of two runs, step by step. They may have measured on common batches, so the
 * error is read off the scatter of the differences alone.
 */
export function pairedDifference(
  [a, b]: readonly [OpenedRun, OpenedRun],
  quantity: string,
  { at, unit }: ClaimReadingOptions,
): ClaimReading {
  const differences = differenceOf(namedSeries(a, quantity, unit), namedSeries(b, quantity, unit));
  const series =
    at === "plateau" ? differences.map(({ standardError: _, ...point }) => point) : differences;
  if (b.diverged) return { ...NOTHING, unsettled: "the run diverged" };
  return readSeries(a, series, at, quantity);
}

/**
 * A plateau is the mean over the last quarter of the steps since the last change of settings, if it is
 * level there.
 */
function readSeries(
  run: OpenedRun,
  series: readonly SeriesPoint[],
  at: ClaimReadingOptions["at"],
  name: string,
): ClaimReading {
  if (series.length === 0) return { ...NOTHING, unsettled: `${name} was not measured` };
  if (run.diverged) return { ...NOTHING, unsettled: "the run diverged" };

  if (at !== "plateau") {
    return measured(at === "end" ? series.at(-1)! : series[0]!);
  }
  const result = plateau(series, run.lastRegime);
  const { status, mean, standardError, margin, errorBound } = result;
  const level = { value: mean, standardError, margin, errorBound };
  if (status === "level") return level;
  return { ...level, unsettled: `${trendText(result)}, over ${windowText(result)}` };
}

/** One measurement, with its own interval. */
export function measured(point: Pick<SeriesPoint, "value" | keyof Uncertainty>): ClaimReading {
  const { value, standardError = 0, errorBound = 0 } = point;
  return { value, standardError, margin: marginOf(point), errorBound };
}

/** A reading against a range. */
export function inRange(of: string, reading: ClaimReading, range: Range): Measured {
  const error = reading.margin + reading.errorBound;
  const { unsettled } = reading;
  return {
    of,
    value: finite(reading.value),
    error: finite(error),
    expected: rangeText(range),
    verdict: unsettled === undefined ? within(reading.value, error, range) : "undecided",
    ...(unsettled !== undefined && { note: unsettled }),
  };
}

/**
 * a − b of two runs, in the unit of both, with an error of `errors` standard errors and not less than
 * 95 %. Margins add in squares, bounds add.
 */
export function differenceOfReadings(
  a: ClaimReading,
  b: ClaimReading,
  errors: number,
): ClaimReading {
  const standardError = marginOfSum(a.standardError, b.standardError);
  const margin = widened(marginOfSum(a.margin, b.margin), errors);
  const unsettled = a.unsettled ?? b.unsettled;
  return {
    value: a.value - b.value,
    standardError,
    margin,
    errorBound: a.errorBound + b.errorBound,
    ...(unsettled !== undefined && { unsettled }),
  };
}

export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
