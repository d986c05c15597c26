import { checkTypedOptions, needed, positiveInteger } from "@eoss/rng/internal";
import { ConfigError } from "@eoss/run";

/** A part of a sweep: every `of`-th run from the `index`-th on, counted from 1. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** Reads `i/k`. @throws ConfigError */
export function parseShard(text: string): Shard {
  const [index, of] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).slice(1).map(Number);
  if (index !== undefined && of !== undefined && index >= 1 && index <= of) return { index, of };
  throw new ConfigError(
    `--shard is "${text}"; allowed: i/k, the i-th of k parts, with i from 1 to k`,
  );
}

/** The runs of a shard: the same ones whatever is done already. */
export function shardOf<T>(runs: readonly T[], shard: Shard): T[] {
  checkTypedOptions("shardOf", shard, {
    ...{ index: needed(positiveInteger), of: needed(positiveInteger) },
  });
  const { index, of } = shard;
  if (index > of) throw new RangeError(`index of shardOf is ${index}; allowed: up to ${of}`);
  return runs.filter((_, position) => position % of === index - 1);
}
