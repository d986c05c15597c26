import type { StaticAt } from "@eoss/lab";
import type { Evidence } from "../claims/claim.js";
import { measured, readingOf } from "../claims/reading.js";
import { namedSeries } from "../namedSeries.js";
import type { BatchSizePlot, StepsPlot } from "./schema.js";

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
  /** One of the batches behind a mean. */
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

/** The points of a plot against steps; sharpness is divided by the threshold of its own step, if so asked. */
export function stepRows({ of, runs, unit, dots }: StepsPlot, evidence: Evidence): StepRow[] {
  return (runs ?? [...evidence.runs.keys()]).flatMap((name) => {
    const run = evidence.runs.get(name);
    if (run === undefined) return [];
    return of.flatMap((quantity) => {
      const compares = unit === "threshold" && run.isSharpness(quantity);
      const series = namedSeries(run, quantity, compares ? "threshold" : "none");
      const means = series.map((point): StepRow => ({ run: name, quantity, ...point }));
      if (!dots) return means;
      const singles = run.batchesOf(quantity).map(
        ({ step, value }): StepRow => ({
          run: name,
          quantity,
          step,
          value: compares ? value / run.comparison(quantity, step).value : value,
          single: true,
        }),
      );
      return [...means, ...singles];
    });
  });
}

/** The points of a plot against the batch size. */
export function batchSizeRows(plot: BatchSizePlot, evidence: Evidence): BatchSizeRow[] {
  const curves = (plot.static ?? []).flatMap((name) => {
    const curve = evidence.statics.get(name);
    return curve === undefined ? [] : plot.of.flatMap((of) => curveRows(name, of, curve));
  });
  const names = plot.runs ?? (plot.static ? [] : [...evidence.runs.keys()]);
  const ofRuns = names.flatMap((name) => {
    const run = evidence.runs.get(name);
    if (run === undefined) return [];
    const { batchSize, dataset } = run.manifest;
    return plot.of.map((quantity): BatchSizeRow => {
      const unit = run.isSharpness(quantity) ? plot.unit : "none";
      const { unsettled: _, ...reading } = readingOf(run, quantity, { at: plot.at, unit });
      return { series: "runs", quantity, batchSize, samples: dataset.samples, ...reading };
    });
  });
  return [...curves, ...ofRuns];
}

function curveRows(series: string, quantity: string, curve: StaticAt): BatchSizeRow[] {
  const { points, samples, fullbs } = curve;
  return points.map(({ batchSize, minibs, gap }) => {
    const found = quantity === "gap" ? gap : quantity === "fullbs" ? fullbs : minibs;
    return { series, quantity, batchSize, samples, ...measured(found) };
  });
}
