/** Repetitions of an experiment: the same settings, and everything that is drawn by chance anew. */

import { ConfigError, type TrainConfig } from "@eoss/run";
import { SEED_SETTINGS, seedOf } from "@eoss/run/internal";

/**
 * A run with other parameters at the start, another order of batches, other samples of the data and other
 * batches of measurements: each of its seeds is larger by `replicate`. The data are the same where nothing of
 * them is drawn. Runs of one replicate whose seeds were the same still have the same, so their differences
 * can be taken in pairs. 0 is the run itself.
 */
export function replicateOf(config: TrainConfig, replicate: number): TrainConfig {
  if (replicate === 0) return config;
  const given = SEED_SETTINGS.flatMap((name) => {
    const seed = name === "data-seed" && drawsData(config) ? seedOf(config, "data") : config[name];
    return seed === undefined ? [] : [[name, seed + replicate] as const];
  });
  return { ...config, ...Object.fromEntries(given) };
}

/** A seed of data of which nothing is drawn would be refused. */
function drawsData({ samples, "label-noise": noise }: TrainConfig): boolean {
  return samples !== undefined || noise !== undefined;
}

/** More runs of each would be a slip of the pen. */
const MOST_SEEDS = 1000;

/** @throws ConfigError for what is no number of seeds, or more than make sense */
export function checkSeeds(seeds: number): void {
  if (Number.isSafeInteger(seeds) && seeds >= 1 && seeds <= MOST_SEEDS) return;
  throw new ConfigError(`seeds cannot be ${seeds}; allowed: an integer from 1 to ${MOST_SEEDS}`);
}

/**
 * Each run of a map `seeds` times, by name: itself, then `NAME-seeds1` and so on.
 *
 * @throws ConfigError if two would have the same name, or as `checkSeeds`
 */
export function withReplicates(
  runs: ReadonlyMap<string, TrainConfig>,
  seeds: number,
): Map<string, TrainConfig> {
  checkSeeds(seeds);
  const all = new Map(runs);
  for (let replicate = 1; replicate < seeds; replicate++) {
    for (const [name, config] of runs) {
      const label = `${name}-seeds${replicate}`;
      if (all.has(label)) throw new ConfigError(`two runs would be called "${label}"; rename one`);
      all.set(label, replicateOf(config, replicate));
    }
  }
  return all;
}
