import type { Matrix } from "./covariances.js";

/** z-scores of sampled noise against mean zero and a covariance, with the sample's own deviations. */
export interface MomentScores {
  /** Largest |z| of the means of the entries. */
  readonly mean: number;
  /** Largest |z| of the second moments of all pairs of entries. */
  readonly covariance: number;
  /** z of the squared norm against the trace. */
  readonly trace: number;
}

export function momentScores(draws: readonly Float64Array[], covariance: Matrix): MomentScores {
  const z = (entryOf: (x: Float64Array) => number, expected: number) =>
    zScore(draws.map(entryOf), expected);
  const means = covariance.map((_, j) => Math.abs(z((x) => x[j]!, 0)));
  const pairs = covariance.flatMap((row, j) =>
    row.slice(0, j + 1).map((expected, k) => Math.abs(z((x) => x[j]! * x[k]!, expected))),
  );
  const trace = covariance.reduce((sum, row, j) => sum + row[j]!, 0);
  return {
    mean: Math.max(...means),
    covariance: Math.max(...pairs),
    trace: z((x) => x.reduce((sum, value) => sum + value * value, 0), trace),
  };
}

/** z of a sample's mean against its expectation. */
export function zScore(values: readonly number[], expected: number): number {
  const { mean, error } = meanOf(values);
  return (mean - expected) / error;
}

/** The mean of a sample with its standard error. */
export function meanOf(values: readonly number[]): { mean: number; error: number } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return { mean, error: Math.sqrt(variance / n) };
}
