/** Measurements as rows of a table, which all formats of export share. */

import { errorOf } from "@eoss/lab/internal";
import { type ComparisonColumns, comparisonColumns, unitOf } from "@eoss/run";
import type { ExportedRun } from "./exportedRun.js";

/**
 * A measurement as tables have it, with the settings by which one asks for it first, those of its step,
 * and what it is compared with there.
 */
export interface MetricRow extends ComparisonColumns {
  /** The folder of the run. */
  readonly run: string;
  readonly batch: number;
  readonly lr: number;
  readonly step: number;
  readonly quantity: string;
  /** Null when it was not finite; the status says why. */
  readonly value: number | null;
  /** As the quantity declares it; null where it is not known. */
  readonly unit: string | null;
  /** Half the width of a 95 % interval; null where no error is known. */
  readonly error: number | null;
  readonly standard_error: number | null;
  readonly error_bound: number | null;
  /** What the bound says of the top eigenvalues that the number rests on; null of other numbers. */
  readonly error_kind: string | null;
  readonly samples: number;
  readonly products: number;
  readonly seconds: number;
  readonly status: string;
}

/** The columns in their order, and what they hold. */
export const METRIC_COLUMNS: Readonly<Record<keyof MetricRow, "text" | "integer" | "number">> = {
  run: "text",
  batch: "integer",
  lr: "number",
  threshold: "number",
  step: "integer",
  quantity: "text",
  value: "number",
  unit: "text",
  error: "number",
  standard_error: "number",
  error_bound: "number",
  error_kind: "text",
  samples: "number",
  products: "number",
  seconds: "number",
  status: "text",
  threshold_formula: "text",
  small_batch_threshold: "number",
  small_batch_formula: "text",
};

export function metricRows({ run, records }: ExportedRun): MetricRow[] {
  return records.map((record) => {
    const { batchSize, learningRate } = run.settingsAt(record.step);
    const { threshold, ...compared } = comparisonColumns(run.comparison(record, record.step));
    return {
      run: run.directory,
      batch: batchSize,
      lr: learningRate,
      threshold,
      step: record.step,
      quantity: record.quantity,
      value: record.value,
      unit: unitOf(record.quantity, { records: [record] }) ?? null,
      error: errorOf(record),
      standard_error: record.standardError ?? null,
      error_bound: record.errorBound ?? null,
      error_kind: record.errorKind ?? null,
      samples: record.samples,
      products: record.products,
      seconds: record.seconds,
      status: record.status,
      ...compared,
    };
  });
}
