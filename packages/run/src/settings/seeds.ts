/** What each seed of a run governs. */

import type { TrainConfig } from "./config.js";

/** The settings that are seeds: runs that differ in these alone are repetitions of one experiment. */
export const SEED_SETTINGS = [
  "seed",
  "init-seed",
  "order-seed",
  "data-seed",
  "measure-seed",
] as const satisfies ReadonlyArray<keyof TrainConfig>;

type Seeds = Readonly<Partial<Record<(typeof SEED_SETTINGS)[number], number | undefined>>>;

/** Of a data set, unless another draw is asked for: runs of different seeds are about the same data. */
const DATA_SEED = 0;

/**
 * The seed of a part of a run. `init`: θ₀. `order`: what each step takes of the data, batches and noise.
 * `data`: which samples there are. `measure`: batches and starting vectors of measurements.
 */
export function seedOf(config: Seeds, part: "init" | "order" | "data" | "measure"): number {
  const own = config[`${part}-seed`];
  return own ?? (part === "data" ? DATA_SEED : (config.seed ?? 0));
}
