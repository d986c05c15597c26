import { marginOf, type Plateau, plateau, type SeriesPoint } from "@eoss/sharpness";
import type { MetricRecord } from "../formats/format.js";
import type { Run } from "../formats/parse.js";
import { comparedIn, lastRegime } from "./regimes.js";

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
 * A quantity against steps. What was not finite is NaN: a gap in a line, and no plateau.
 *
 * @param unitAt what the value of a step is divided by
 */
export function seriesOf(
  run: Run,
  quantity: string,
  unitAt: (step: number) => number = () => 1,
): SeriesPoint[] {
  return recordsOf(run, quantity).map(({ step, value, ...uncertainty }) => {
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

/** A sharpness in units of the threshold of its step; NaN where it does not compare with one. */
export function relativeSeriesOf(run: Run, quantity: string): SeriesPoint[] {
  const compared = comparedIn(run, quantity);
  return seriesOf(run, quantity, (step) => compared(step).value);
}

/**
 * The further numbers of a quantity against steps, by name: single numbers and short lists, one
 * series for each place of the list. Long lists, such as the points of a density, are no series.
 */
export function partsOf(run: Run, quantity: string): Map<string, SeriesPoint[][]> {
  const found = new Map<string, SeriesPoint[][]>();
  for (const { step, parts = {} } of recordsOf(run, quantity)) {
    for (const [name, { value, standardError, margin, errorBound }] of Object.entries(parts)) {
      const values = [value].flat();
      if (values.length > LONGEST_LIST) continue;
      const series = found.get(name) ?? [];
      found.set(name, series);
      for (const [i, number] of values.entries()) {
        series[i] ??= [];
        series[i].push({
          step,
          value: number ?? Number.NaN,
          standardError: [standardError].flat()[i] ?? undefined,
          margin: [margin].flat()[i] ?? undefined,
          errorBound: [errorBound].flat()[i] ?? undefined,
        });
      }
    }
  }
  return found;
}

const LONGEST_LIST = 10;

/** Every single batch behind the means of a quantity. */
export function batchesOf(run: Run, quantity: string): Point[] {
  return recordsOf(run, quantity).flatMap(({ step, batches }) =>
    (batches ?? []).filter(Number.isFinite).map((value) => ({ step, value })),
  );
}

/**
 * Mean of a quantity over the last quarter of the steps since the last change of η, b or the
 * optimizer; null if never measured.
 */
export function plateauOf(run: Run, quantity: string): Plateau | null {
  return plateauIn(run, seriesOf(run, quantity));
}

/**
 * The same for a sharpness, in units of the threshold of each step; null also where the sharpness
 * does not compare with a threshold.
 */
export function relativePlateauOf(run: Run, quantity: string): Plateau | null {
  if (Number.isNaN(comparedIn(run, quantity)(lastRegime(run).to).value)) return null;
  return plateauIn(run, relativeSeriesOf(run, quantity));
}

/** The same in units of the second level that small batches may have; null where there is none. */
export function secondPlateauOf(run: Run, quantity: string): Plateau | null {
  const compared = comparedIn(run, quantity);
  const second = (step: number) => compared(step).second?.value ?? Number.NaN;
  if (Number.isNaN(second(lastRegime(run).to))) return null;
  return plateauIn(run, seriesOf(run, quantity, second));
}

function plateauIn(run: Run, series: readonly SeriesPoint[]): Plateau | null {
  return series.length > 0 ? plateau(series, lastRegime(run)) : null;
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
