import { type RandomStream, stream } from "@eoss/rng";
import { type Dataset, DatasetError, type LabelArray, taskOf } from "./dataset.js";

/**
 * The data set with a share of its labels replaced for good by another class, drawn uniformly: ⌊share·m + ½⌋
 * of the m labels. Which ones, and by what, is a function of the seed, m and the place of a label alone; those
 * of a smaller share are among those of a larger one, with the same new class.
 *
 * @param share above 0, up to 1
 * @throws DatasetError for a share that is none, and where there are not two classes
 * @see Zhang, Bengio, Hardt, Recht, Vinyals (2017), Understanding deep learning requires rethinking
 *   generalization
 * @example
 * const clean = digits({ samples: 100 });
 * const noisy = withLabelNoise(clean, 0.1);
 * noisy.labels.filter((label, i) => label !== clean.labels[i]).length; // 10
 */
export function withLabelNoise(dataset: Dataset, share: number, seed = 0): Dataset {
  checkShare("label-noise", share);
  checkClasses(dataset, "label-noise");
  const { labels, classes, notes = [] } = dataset;
  const random = stream(seed, "data/label-noise");
  const count = Math.round(share * labels.length);
  if (count === 0) {
    throw new DatasetError(
      `label-noise: ${share} of ${labels.length} labels is none; allowed: from ${1 / labels.length} up`,
    );
  }
  const replaced = labels.slice();
  for (const place of random.shuffle(labels.length).subarray(0, count)) {
    replaced[place] = otherClass(labels[place]!, classes, random.fork(1).uniformAt(place));
  }
  return {
    ...withLabels(dataset, replaced),
    notes: [
      ...notes,
      `label noise: ${count} of ${labels.length} labels are replaced by another class, drawn with seed ${seed}`,
    ],
  };
}

/** The class among the others that a number from 0 to below 1 stands for. */
function otherClass(label: number, classes: number, uniform: number): number {
  const step = 1 + Math.floor(uniform * (classes - 1));
  return (label + step) % classes;
}

/**
 * Labels with a share of them replaced by another class, drawn anew from each stream.
 *
 * @param indices of the samples in their data set: what becomes of a label depends on it alone
 */
export function freshLabels(
  labels: LabelArray,
  { classes, positions = 1 }: Pick<Dataset, "classes" | "positions">,
  share: number,
  random: RandomStream,
  indices: Int32Array,
): LabelArray {
  return labels.map((label, place) => {
    const row = Math.floor(place / positions);
    const at = 2 * (indices[row]! * positions + (place % positions));
    if (random.uniformAt(at) >= share) return label;
    return otherClass(label, classes, random.uniformAt(at + 1));
  }) as LabelArray;
}

/** The same samples with other labels, and the targets that are made from them. */
export function withLabels(dataset: Dataset, labels: LabelArray): Dataset {
  if (taskOf(dataset) !== "binary") return { ...dataset, labels };
  const values = Float32Array.from(labels, (label) => 2 * label - 1);
  return { ...dataset, labels, targets: { values, outputs: 1 } };
}

/** @throws DatasetError unless it is a number above 0, up to 1 */
export function checkShare(what: string, share: unknown): void {
  if (typeof share === "number" && share > 0 && share <= 1) return;
  throw new DatasetError(`${what} is ${share}; allowed: a share of the labels, above 0, up to 1`);
}

/** @throws DatasetError unless a label can be replaced by another one */
export function checkClasses(dataset: Dataset, what: string): void {
  const { name, classes } = dataset;
  if (taskOf(dataset) !== "regression" && classes >= 2) return;
  throw new DatasetError(
    `${what} replaces labels by another class, but ${name} has ` +
      (classes === 1 ? "one class" : "numbers for targets"),
  );
}
