import { checkSizes, checkStep, type Sampler } from "./sampler.js";

/**
 * Given batches, in turn and over again: to repeat the batches of another program.
 *
 * @param samples n
 * @param batches lists of indices from 0 to n − 1; they may differ in length
 * @throws RangeError naming the first list or index that does not fit
 *
 * @example
 * fixedBatches(4, [[0, 1], [2, 3]]).at(5); // Int32Array [2, 3]
 */
export function fixedBatches(samples: number, batches: ReadonlyArray<ArrayLike<number>>): Sampler {
  if (!(batches?.length > 0)) throw new RangeError("there must be a list of at least one batch");
  const lists = batches.map((batch, position) => {
    const list = Array.from(batch);
    if (list.length === 0) throw new RangeError(`batches[${position}] is empty`);
    for (const [i, index] of list.entries()) {
      if (!(Number.isInteger(index) && index >= 0 && index < samples)) {
        throw new RangeError(
          `batches[${position}][${i}] is ${index}; allowed: an integer from 0 to ${samples - 1}`,
        );
      }
    }
    return Int32Array.from(list);
  });
  const batchSize = Math.max(...lists.map(({ length }) => length));
  checkSizes(samples, batchSize, Number.MAX_SAFE_INTEGER);
  return {
    batchSize,
    at(step) {
      checkStep(step);
      return lists[step % lists.length]!.slice();
    },
  };
}
