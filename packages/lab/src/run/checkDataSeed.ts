import type { OpenDataset } from "@eoss/data/node";
import { ConfigError, type TrainConfig } from "@eoss/run";

/**
 * Refuses a seed of the data where nothing of them is drawn: runs that differ in it alone would be equal, and
 * pass for repetitions.
 *
 * @param samples n
 * @throws ConfigError naming the seed
 */
export function checkDataSeed(
  { data, "data-seed": seed, "label-noise": noise }: TrainConfig,
  { drawn, loaded }: OpenDataset,
  samples: number,
): void {
  const all = loaded.train.inputs.length / loaded.inputShape.reduce((size, n) => size * n, 1);
  if (seed === undefined || drawn || samples < all || noise !== undefined) return;
  throw new ConfigError(
    `data-seed ${seed} draws nothing: all ${all} samples of ${data} are used as they are; leave it out, or take ` +
      "some of them with --samples",
  );
}
