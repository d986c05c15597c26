import type { RandomStream } from "@eoss/rng";

/**
 * A stream that draws given batches, one after another by the last id of its fork; all else is as the
 * stream behind it gives it.
 */
export function drawing(
  batches: readonly (readonly number[])[],
  random: RandomStream,
): RandomStream {
  const forked = (inner: RandomStream, id: number): RandomStream =>
    Object.assign(Object.create(inner) as RandomStream, {
      fork: (...ids: number[]) => forked(inner.fork(...ids), ids.at(-1)!),
      sample: () => Int32Array.from(batches[id % batches.length]!),
      signs: (n: number) => inner.signs(n),
      normals: (n: number) => inner.normals(n),
      uint32At: (index: number) => inner.uint32At(index),
    });
  return forked(random, 0);
}
