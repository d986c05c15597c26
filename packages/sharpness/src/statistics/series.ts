/** One measured value of a training run, in the order of its steps. */
export interface SeriesPoint {
  /** Parameter updates made before the measurement. */
  readonly step: number;
  readonly value: number;
  /** Standard error of the value, in its unit; errors of different points are independent. */
  readonly standardError?: number | undefined;
  /** Half width of its own 95 % interval, in its unit; `marginOf` says what stands for an absent one. */
  readonly margin?: number | undefined;
  /** Bound on the numerical error of the value, in its unit. */
  readonly errorBound?: number | undefined;
}

/** @throws RangeError unless the steps strictly increase */
export function checkSteps(series: readonly SeriesPoint[]): void {
  for (let i = 1; i < series.length; i++) {
    if (!(series[i]!.step > series[i - 1]!.step)) {
      throw new RangeError(
        `steps must increase: ${series[i]!.step} follows ${series[i - 1]!.step} at point ${i}`,
      );
    }
  }
}

export function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
