/** Series of a run's records: by step, relative to thresholds, at their plateau. */

import { marginOf, type SeriesPoint } from "@eoss/sharpness";
import type { MetricRecord } from "../formats/recordSchema.js";
import { seriesParts } from "./parts.js";

/** Records of one quantity by step. A step measured again, after a resume, counts once: last. */
export function inOrder(records: readonly MetricRecord[]): MetricRecord[] {
  const byStep = new Map(records.map((record) => [record.step, record]));
  return [...byStep.values()].sort((a, b) => a.step - b.step);
}

/**
 * Records of one quantity as a series. What was not finite is NaN: a gap in a line, and no plateau.
 *
 * @param unitAt what the value of a step is divided by
 */
export function seriesOf(
  records: readonly MetricRecord[],
  unitAt: (step: number) => number = () => 1,
): SeriesPoint[] {
  return records.map(({ step, value, ...uncertainty }) => {
    const { standardError, errorBound } = uncertainty;
    const unit = unitAt(step);
    return {
      step,
      value: (value ?? Number.NaN) / unit,
      standardError: standardError === undefined ? undefined : standardError / unit,
      margin: standardError === undefined ? undefined : marginOf(uncertainty) / unit,
      errorBound: errorBound === undefined ? undefined : errorBound / unit,
    };
  });
}

/**
 * The further numbers of records of one quantity, by name: single numbers and short lists, one series
 * for each place of the list. Long lists, such as the points of a density, are no series.
 */
export function partsOf(records: readonly MetricRecord[]): Map<string, SeriesPoint[][]> {
  const found = new Map<string, SeriesPoint[][]>();
  for (const record of records) {
    for (const [name, numbers] of seriesParts(record)) {
      const series = found.get(name) ?? [];
      found.set(name, series);
      for (const [i, { place: _, ...number }] of numbers.entries()) {
        series[i] ??= [];
        series[i].push({ step: record.step, ...number });
      }
    }
  }
  return found;
}

/** Every single batch behind the means of records of one quantity. */
export function batchesOf(records: readonly MetricRecord[]): SeriesPoint[] {
  return records.flatMap(({ step, batches }) =>
    (batches ?? []).filter(Number.isFinite).map((value) => ({ step, value })),
  );
}

/** At most `limit` of the items, evenly spread over them, the first and the last included. */
export function thin<T>(items: readonly T[], limit: number): readonly T[] {
  if (items.length <= limit) return items;
  const stride = (items.length - 1) / (limit - 1);
  return Array.from({ length: limit }, (_, i) => items[Math.round(i * stride)]!);
}

/** Means of `size` consecutive points, at their mean step; what is not finite is left out. */
export function blockMeans(points: readonly SeriesPoint[], size: number): SeriesPoint[] {
  const finite = points.filter(({ value }) => Number.isFinite(value));
  return Array.from({ length: Math.ceil(finite.length / size) }, (_, block) => {
    const members = finite.slice(block * size, (block + 1) * size);
    const mean = (pick: (point: SeriesPoint) => number) =>
      members.reduce((sum, point) => sum + pick(point), 0) / members.length;
    return { step: mean(({ step }) => step), value: mean(({ value }) => value) };
  });
}

/**
 * A series without its first or last point where that lies off the grid: statistics of points at equal
 * distances would give it the weight of the others. A point that is as far from its neighbour as the next two are
 * from one another lies on it.
 *
 * @param isOdd whether the point of a step may lie off it, e.g. one where the settings changed
 */
export function withoutOddEnds(
  points: readonly SeriesPoint[],
  isOdd: (step: number) => boolean,
): readonly SeriesPoint[] {
  const gap = (i: number) => points[i]!.step - points[i - 1]!.step;
  const last = points.length - 1;
  if (last < 2) return points;
  const first = isOdd(points[0]!.step) && gap(1) !== gap(2) ? 1 : 0;
  const end = isOdd(points[last]!.step) && gap(last) !== gap(last - 1) ? last : points.length;
  return points.slice(first, end);
}
