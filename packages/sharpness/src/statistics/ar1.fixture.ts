import { stream } from "@eoss/rng";
import type { SeriesPoint } from "./series.js";

/** Points so many steps apart. */
export const every = (spacing: number, values: readonly number[]): SeriesPoint[] =>
  values.map((value, i) => ({ step: (i + 1) * spacing, value }));

/** x ← ρx + ε from its stationary distribution, standard normal ε. */
export function autoregressive(length: number, rho: number, seed: number): number[] {
  const noise = stream(seed, "autoregressive");
  const values = [noise.normalAt(0) / Math.sqrt(1 - rho ** 2)];
  while (values.length < length) values.push(rho * values.at(-1)! + noise.normalAt(values.length));
  return values;
}
