import { type Plateau, plateau, type SeriesPoint } from "@eoss/sharpness";
import type { MetricRecord } from "./format.js";
import type { Run } from "./read.js";

export interface Point {
  readonly step: number;
  readonly value: number;
}

/** The records of a quantity by step. A step measured again, after a resume, counts once: last. */
export function recordsOf(run: Run, quantity: string): MetricRecord[] {
  const byStep = new Map<number, MetricRecord>();
  for (const record of run.records) {
    if (record.quantity === quantity) byStep.set(record.step, record);
  }
  return [...byStep.values()].sort((a, b) => a.step - b.step);
}

/**
 * A quantity against steps, divided by `unit`. What was not finite is NaN: a gap in a line, and no
 * plateau.
 */
export function seriesOf(run: Run, quantity: string, unit = 1): SeriesPoint[] {
  return recordsOf(run, quantity).map(({ step, value, standardError, errorBound }) => ({
    step,
    value: (value ?? Number.NaN) / unit,
    standardError: standardError === undefined ? undefined : standardError / unit,
    errorBound: errorBound === undefined ? undefined : errorBound / unit,
  }));
}

/** Every single batch behind the means of a quantity. */
export function batchesOf(run: Run, quantity: string): Point[] {
  return recordsOf(run, quantity).flatMap(({ step, batches }) =>
    (batches ?? []).filter(Number.isFinite).map((value) => ({ step, value })),
  );
}

/** The last step of a run, also of one that never came to its end. */
export function lastStep(run: Run): number {
  const end = run.manifest.end?.step ?? 0;
  return run.records.reduce((last, { step }) => Math.max(last, step), end);
}

/**
 * Mean over the last quarter of the run's steps; null if never measured.
 *
 * @param unit what values are divided by; default: 2/η
 */
export function plateauOf(
  run: Run,
  quantity: string,
  unit = run.manifest.stabilityThreshold,
): Plateau | null {
  const series = seriesOf(run, quantity, unit);
  return series.length > 0 ? plateau(series, { to: lastStep(run) }) : null;
}

/** At most `limit` of the items, evenly spread over them, the first and the last included. */
export function thin<T>(items: readonly T[], limit: number): readonly T[] {
  if (items.length <= limit) return items;
  const stride = (items.length - 1) / (limit - 1);
  return Array.from({ length: limit }, (_, i) => items[Math.round(i * stride)]!);
}

/** Means of `size` consecutive points, at their mean step; what is not finite is left out. */
export function blockMeans(points: readonly Point[], size: number): Point[] {
  const finite = points.filter(({ value }) => Number.isFinite(value));
  return Array.from({ length: Math.ceil(finite.length / size) }, (_, block) => {
    const members = finite.slice(block * size, (block + 1) * size);
    const mean = (pick: (point: Point) => number) =>
      members.reduce((sum, point) => sum + pick(point), 0) / members.length;
    return { step: mean(({ step }) => step), value: mean(({ value }) => value) };
  });
}
