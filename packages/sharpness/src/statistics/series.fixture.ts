import { stream } from "@eoss/rng";
import type { SeriesPoint } from "./series.js";

/** Correlation of the noise between neighbours. */
const RHO = 0.5;

/**
 * A curve measured at `length` points, with relative noise of deviation `deviation`: x ← ρx + √(1 − ρ²)ε
 * with standard normal ε, from its stationary distribution.
 */
export function noisy(
  curve: (point: number) => number,
  { length, deviation, seed }: { length: number; deviation: number; seed: number },
): SeriesPoint[] {
  const noise = stream(seed, "series");
  let x = noise.normalAt(0);
  return Array.from({ length }, (_, i) => {
    if (i > 0) x = RHO * x + Math.sqrt(1 - RHO ** 2) * noise.normalAt(i);
    return { step: 100 * i, value: curve(i) * (1 + deviation * x) };
  });
}

/** From 0.2 to 1 in a straight line between two points, level before and after. */
export const rise =
  (from: number, to: number) =>
  (i: number): number =>
    0.2 + 0.8 * Math.min(1, Math.max(0, (i - from) / (to - from)));
