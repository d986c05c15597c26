import { stream } from "@eoss/rng";
import { DatasetError } from "./dataset.js";
import { checkedLabel } from "./oneHot.js";

/**
 * The fixed order in which subsets of a data set are taken: each class is shuffled with its own
 * random stream, then the classes take turns 0, 1, … (a class that has run out is passed over).
 *
 * Every prefix is balanced: while classes last, their counts differ by at most one. The order
 * depends on the labels alone, and is the same on every platform.
 *
 * @param labels [n], each from 0 to classes − 1
 * @param seed of the order; changing it changes which images a run on `samples` images has
 * @returns [n], a permutation of 0 … n−1
 * @throws RangeError if a label is not below `classes`
 * @example
 * const labels = [0, 0, 0, 1, 1];
 * Array.from(balancedOrder(labels, 2), (i) => labels[i]); // [0, 1, 0, 1, 0]
 */
export function balancedOrder(labels: ArrayLike<number>, classes: number, seed = 0): Int32Array {
  const members: number[][] = Array.from({ length: classes }, () => []);
  for (let i = 0; i < labels.length; i++) members[checkedLabel(labels, i, classes)]!.push(i);

  const random = stream(seed, "data/balanced-order");
  const shuffled = members.map((indices, label) =>
    random
      .fork(label)
      .shuffle(indices.length)
      .map((place) => indices[place]!),
  );

  const order = new Int32Array(labels.length);
  let filled = 0;
  for (let round = 0; filled < order.length; round++) {
    for (const indices of shuffled) {
      if (round < indices.length) order[filled++] = indices[round]!;
    }
  }
  return order;
}

/**
 * The records that a training on `samples` images uses, and those it leaves.
 *
 * @returns indices of records: `used` [samples or n], `left` [the others]
 * @throws DatasetError if there are not that many records
 */
export function divide(
  name: string,
  labels: ArrayLike<number>,
  classes: number,
  samples: number | undefined,
  seed: number,
): { used: Int32Array; left: Int32Array } {
  if (samples === undefined)
    return {
      used: Int32Array.from({ length: labels.length }, (_, i) => i),
      left: new Int32Array(),
    };
  if (!(Number.isInteger(samples) && samples >= 1 && samples <= labels.length)) {
    throw new DatasetError(
      `${name}: ${samples} samples asked for, expected an integer from 1 to the ${labels.length} available`,
    );
  }
  const order = balancedOrder(labels, classes, seed);
  return { used: order.subarray(0, samples), left: order.subarray(samples) };
}
