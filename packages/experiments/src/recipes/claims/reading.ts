import { trendText, windowText } from "@eoss/report";
import { withoutFolders } from "@eoss/report/internal";
import { type OpenedRun, short } from "@eoss/run";
import { integer, isOver, metGoal } from "@eoss/run/internal";
import {
  marginOf,
  marginOfRatio,
  marginOfSum,
  plateau,
  type SeriesPoint,
  type Uncertainty,
} from "@eoss/sharpness";

import { differenceOf, namedSeries } from "../namedSeries.js";

/** A quantity read off a run. */
export interface ClaimReading {
  readonly value: number;
  readonly standardError: number;
  /** Half width of the 95 % interval, without the bound on the numerical error. */
  readonly margin: number;
  readonly errorBound: number;
  /** Why it says nothing final, e.g. that the run still drifts; absent if it does. */
  readonly unsettled?: string;
  /** Whether that is because the run had not arrived where it settles. */
  readonly notReached?: true;
}

export interface ClaimReadingOptions {
  readonly at: "plateau" | "end" | "start";
  readonly unit: "threshold" | "none";
}

const NOTHING = { value: Number.NaN, standardError: Number.NaN, margin: Number.NaN, errorBound: 0 };

/** A reading of what is not there. */
export function noReading(why: string): ClaimReading {
  return { ...NOTHING, unsettled: why };
}

const NOT_MADE = noReading("the run could not be made");

/** Where a quantity of a run settled, or one measurement of it. */
export function readingOf(
  run: OpenedRun | undefined,
  quantity: string,
  { at, unit }: ClaimReadingOptions,
): ClaimReading {
  if (run === undefined) return NOT_MADE;
  const without = unit === "threshold" ? noThreshold(run, quantity) : undefined;
  if (without !== undefined) return noReading(without);
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
  return failedBy(b, at) ?? readSeries(a, series, at, quantity);
}

/** A reading of none where a run settles nowhere, whatever was measured of it. */
function failedBy(run: OpenedRun, at: ClaimReadingOptions["at"]): ClaimReading | undefined {
  if (run.diverged) return { ...noReading("the run diverged"), notReached: true };
  const { collapsed } = run.manifest;
  if (collapsed === undefined || at === "start") return undefined;
  // Its sharpness is that of a constant, whatever it comes to.
  const why = `the network had collapsed by step ${integer(collapsed)}: one output for every sample`;
  return { ...noReading(why), notReached: true };
}

/**
 * A plateau is the mean over the last quarter of the steps since the last change of settings, if it is
 * level there. What still drifts had not arrived, unless the run met its goal: nothing comes after that.
 */
function readSeries(
  run: OpenedRun,
  series: readonly SeriesPoint[],
  at: ClaimReadingOptions["at"],
  name: string,
): ClaimReading {
  if (series.length === 0) return noReading(`${name} was not measured`);
  const failed = failedBy(run, at);
  if (failed !== undefined) return failed;
  if (at !== "plateau") {
    return measured(at === "end" ? series.at(-1)! : series[0]!);
  }
  const result = plateau(run.regularPoints(series), run.lastRegime);
  const { status, mean, standardError, margin, errorBound } = result;
  const level = { value: mean, standardError, margin, errorBound };
  if (status === "level") return level;
  const unsettled = `${trendText(result)}, over ${windowText(result)}`;
  if (status !== "drifting" || metGoal(run.manifest)) return { ...level, unsettled };
  return { ...level, unsettled: unsettled + goalText(run), notReached: true };
}

/**
 * The same for a claim about where a run settles. A run has settled where batch sharpness no longer
 * drifts, if it was measured, or where its goal was met: a level before that is not the one meant.
 */
export function settledReading(
  run: OpenedRun | undefined,
  quantity: string,
  options: ClaimReadingOptions,
): ClaimReading {
  const reading = readingOf(run, quantity, options);
  if (run === undefined || options.at !== "plateau" || reading.unsettled !== undefined)
    return reading;
  const missing = missingOf(run);
  return missing === undefined ? reading : { ...reading, unsettled: missing, notReached: true };
}

/** The quantity that says whether a run is at the edge of stochastic stability. */
const AT_THE_EDGE = "batch-sharpness";

/** What a run lacks that had not arrived; undefined for one that had. */
function missingOf(run: OpenedRun): string | undefined {
  if (!isOver(run.manifest)) return `the run has not ended: step ${integer(run.lastStep)}`;
  const relative = run.relativePlateauOf(AT_THE_EDGE);
  const edge = relative ?? run.plateauOf(AT_THE_EDGE);
  if (edge?.status !== "drifting" || metGoal(run.manifest)) return undefined;
  const unit = relative ? run.lastComparison(AT_THE_EDGE).formula : undefined;
  return `${AT_THE_EDGE} ${trendText(edge, unit)}, over ${windowText(edge)}${goalText(run)}`;
}

/** How far a run is from the loss at which it would have ended, if it has one. */
function goalText(run: OpenedRun): string {
  const goal = Number(run.manifest.config["stop-loss"]);
  const loss = run.seriesOf("loss").at(-1)?.value;
  if (!goal || loss === undefined) return "";
  return `; the loss is ${short(loss)}, not yet ${short(goal)}`;
}

/** One measurement, with its own interval. */
export function measured(point: Pick<SeriesPoint, "value" | keyof Uncertainty>): ClaimReading {
  const { value, standardError = 0, errorBound = 0 } = point;
  return { value, standardError, margin: marginOf(point), errorBound };
}

/** a − b of two runs, in the unit of both. Margins add in squares, bounds add. */
export function differenceOfReadings(a: ClaimReading, b: ClaimReading): ClaimReading {
  const first = a.unsettled === undefined ? b : a;
  const { unsettled } = first;
  const notReached = a.notReached ?? b.notReached;
  return {
    value: a.value - b.value,
    standardError: marginOfSum(a.standardError, b.standardError),
    margin: marginOfSum(a.margin, b.margin),
    errorBound: a.errorBound + b.errorBound,
    ...(unsettled !== undefined && { unsettled }),
    ...(notReached && { notReached }),
  };
}
