import { type Spectrum, spectrumOf } from "@eoss/run/internal";
import type { ExportedRun } from "./exportedRun.js";

/** A density as counts of eigenvalues in intervals: `edges` has one more entry than `counts`. */
export interface Histogram {
  readonly counts: readonly number[];
  readonly edges: readonly number[];
}

/**
 * The density of a record as a histogram of the d eigenvalues: each point stands for the interval that
 * reaches half way to its neighbours, and has d·ρ(λ)·width of them. Counts are no integers, as ρ is smooth
 * and an estimate; their sum is d but for what the estimate errs.
 *
 * @returns undefined if the record has no density, or one that is not finite
 */
export function histogramOf(
  record: ExportedRun["records"][number],
  { manifest }: ExportedRun["run"],
): Histogram | undefined {
  const spectrum = spectrumOf(record);
  if (spectrum === undefined) return undefined;
  const edges = edgesOf(spectrum);
  const d = manifest.model.parameters || 1;
  const counts = spectrum.density.map(({ value }, i) => d * value * (edges[i + 1]! - edges[i]!));
  return [...edges, ...counts].every(Number.isFinite) ? { counts, edges } : undefined;
}

function edgesOf({ lambda }: Spectrum): number[] {
  const last = lambda.length - 1;
  const between = lambda.slice(1).map((next, i) => (lambda[i]! + next) / 2);
  const first = lambda[0]! - (lambda[1]! - lambda[0]!) / 2;
  return [first, ...between, lambda[last]! + (lambda[last]! - lambda[last - 1]!) / 2];
}
