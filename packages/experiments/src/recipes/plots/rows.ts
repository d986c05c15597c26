import type { StaticAt } from "@eoss/lab";
import type { OpenedRun } from "@eoss/run";
import type { SeriesPoint } from "@eoss/sharpness";
import type { Evidence } from "../claims/claim.js";
import { overSeeds } from "../claims/overSeeds.js";
import { type ClaimReading, measured, readingOf } from "../claims/reading.js";
import { namedSeries } from "../namedSeries.js";
import type { BatchSizePlot, PlotSpec, StepsPlot } from "./schema.js";

/** One point of a plot, as its CSV and JSON files have it. */
export interface StepRow {
  readonly run: string;
  readonly quantity: string;
  readonly step: number;
  readonly value: number;
  readonly standardError?: number | undefined;
  /** Half the width of its 95 % interval. */
  readonly margin?: number | undefined;
  readonly errorBound?: number | undefined;
  /** One of the batches behind a mean; of several seeds one of the runs. */
  readonly single?: true;
}

export interface BatchSizeRow {
  /** The static curve, or "runs". */
  readonly series: string;
  readonly quantity: string;
  readonly batchSize: number;
  readonly samples: number;
  readonly value: number;
  readonly standardError: number;
  readonly margin: number;
  readonly errorBound: number;
}

/**
 * The points of a plot against steps; sharpness is divided by the threshold of its own step, if so asked.
 * Of several seeds they are the means at the steps that all have, with the single runs behind them.
 */
export function stepRows(plot: StepsPlot, evidence: readonly Evidence[]): StepRow[] {
  return namesIn(plot, evidence).flatMap((name) => {
    const runs = evidence.flatMap(({ runs }) => runs.get(name) ?? []);
    return plot.of.flatMap((quantity) => {
      const each = runs.map((run) => ofRun(run, quantity, plot));
      if (evidence.length === 1) {
        const { series, batches } = each[0] ?? { series: [], batches: [] };
        return [
          ...series.map((point): StepRow => ({ run: name, quantity, ...point })),
          ...batches.map((point): StepRow => ({ run: name, quantity, ...point, single: true })),
        ];
      }
      const single = each.flatMap(({ series }) => series);
      return [
        ...meansOf(each.map(({ series }) => series)).map(
          (point): StepRow => ({ run: name, quantity, ...point }),
        ),
        ...single.map(
          ({ step, value }): StepRow => ({ run: name, quantity, step, value, single: true }),
        ),
      ];
    });
  });
}

/** A quantity of a run against steps, and the single batches behind it, if they are to be drawn. */
function ofRun(run: OpenedRun, quantity: string, { unit, dots }: StepsPlot) {
  const compares = unit === "threshold" && run.isSharpness(quantity);
  const batches = dots ? run.batchesOf(quantity) : [];
  return {
    series: namedSeries(run, quantity, compares ? "threshold" : "none"),
    batches: batches.map(({ step, value }) => ({
      step,
      value: compares ? value / run.comparison(quantity, step).value : value,
    })),
  };
}

/** The mean over seeds at every step that all of them have. */
function meansOf(each: ReadonlyArray<readonly SeriesPoint[]>) {
  const maps = each.map((series) => new Map(series.map((point) => [point.step, point])));
  return [...(maps[0]?.keys() ?? [])].flatMap((step) => {
    const points = maps.flatMap((series) => series.get(step) ?? []);
    if (points.length < maps.length) return [];
    const { value, standardError, margin, errorBound } = overSeeds(points.map(measured));
    return [{ step, value, standardError, margin, errorBound }];
  });
}

/** The runs that a plot names, or all that any set of seeds has. */
function namesIn(plot: PlotSpec, evidence: readonly Evidence[]): readonly string[] {
  return plot.runs ?? [...new Set(evidence.flatMap(({ runs }) => [...runs.keys()]))];
}

/** The points of a plot against the batch size; of several seeds their means. */
export function batchSizeRows(plot: BatchSizePlot, evidence: readonly Evidence[]): BatchSizeRow[] {
  const curves = (plot.static ?? []).flatMap((name) => {
    const each = evidence.flatMap(({ statics }) => statics.get(name) ?? []);
    return plot.of.flatMap((of) => meanRows(each.map((curve) => curveRows(name, of, curve))));
  });
  const names = plot.static && !plot.runs ? [] : namesIn(plot, evidence);
  const ofRuns = names.flatMap((name) => {
    const each = evidence.flatMap(({ runs }) => {
      const run = runs.get(name);
      return run === undefined ? [] : [plot.of.map((of) => runRow(run, of, plot))];
    });
    return meanRows(each);
  });
  return [...curves, ...ofRuns];
}

function runRow(run: OpenedRun, quantity: string, plot: BatchSizePlot): BatchSizeRow {
  const { batchSize, dataset } = run.manifest;
  const unit = run.isSharpness(quantity) ? plot.unit : "none";
  const reading = readingOf(run, quantity, { at: plot.at, unit });
  return { series: "runs", quantity, batchSize, samples: dataset.samples, ...numbersOf(reading) };
}

function curveRows(series: string, quantity: string, curve: StaticAt): BatchSizeRow[] {
  const { points, samples, fullbs } = curve;
  return points.map(({ batchSize, minibs, gap, bernstein = Number.NaN }) => {
    const bound = { value: bernstein, standardError: 0, errorBound: 0 };
    const found = { gap, fullbs, bernstein: bound }[quantity] ?? minibs;
    return { series, quantity, batchSize, samples, ...numbersOf(measured(found)) };
  });
}

/** Row by row the mean over seeds. */
function meanRows(each: ReadonlyArray<readonly BatchSizeRow[]>): BatchSizeRow[] {
  const [first = []] = each;
  return first.map((row, i) => ({
    ...row,
    ...numbersOf(overSeeds(each.flatMap((rows) => rows[i] ?? []))),
  }));
}

function numbersOf({ value, standardError, margin, errorBound }: ClaimReading) {
  return { value, standardError, margin, errorBound };
}
