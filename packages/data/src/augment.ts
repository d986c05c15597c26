import type { RandomStream } from "@eoss/rng";
import { checkTypedOptions, flag, number, type OptionDomains } from "@eoss/rng/internal";
import { type Dataset, DatasetError } from "./dataset.js";
import { checkClasses, checkShare, freshLabels, withLabels } from "./labelNoise.js";
import { rowsOf } from "./rows.js";

/** What a step of training makes of its samples. */
export interface Augmentation {
  /** Mirrors an image left to right with probability ½. */
  readonly flip?: boolean | undefined;
  /**
   * Takes an image of the same size out of one with so many black pixels around it, at a place that is
   * drawn uniformly: a shift by up to so many pixels along both axes.
   */
  readonly crop?: number | undefined;
  /** The share of the labels that are replaced by another class, drawn uniformly, anew in each step. */
  readonly labels?: number | undefined;
}

const PARTS: OptionDomains<Augmentation> = { flip: flag, crop: number, labels: number };

/**
 * Looks whether samples can be augmented so.
 *
 * @throws DatasetError saying why not
 */
export function checkAugmentation(dataset: Dataset, augmentation: Augmentation): void {
  checkTypedOptions("augment", augmentation, PARTS, DatasetError);
  const { flip, crop, labels } = augmentation;
  const { name, inputShape } = dataset;
  const [height = 0, width = 0, channels = 0] = inputShape;
  const isImage = inputShape.length === 3 && height > 1 && width > 1 && channels >= 1;
  if ((flip || crop !== undefined) && !isImage) {
    throw new DatasetError(
      `augment: flips and crops are for images of height, width and channels, but a sample of ${name} has shape ` +
        `[${inputShape}]; with files, give the shape: --data-options "shape: [28, 28, 1]"`,
    );
  }
  const most = Math.min(height, width) - 1;
  if (crop !== undefined && !(Number.isInteger(crop) && crop >= 1 && crop <= most)) {
    throw new DatasetError(`crop of augment is ${crop}; allowed: an integer from 1 to ${most}`);
  }
  if (labels === undefined) return;
  checkShare("labels of augment", labels);
  checkClasses(dataset, "labels of augment");
}

/**
 * Some samples, augmented: what becomes of one is a function of the stream and its index alone, so that a
 * step is the same whenever it is made, and however its batch is divided.
 *
 * @param random that of the step
 * @param indices of samples
 * @returns a data set of these samples, in their order
 * @see Krizhevsky, Sutskever, Hinton (2012); He, Zhang, Ren, Sun (2016), section 4.2, for flips and crops
 */
export function augmented(
  dataset: Dataset,
  augmentation: Augmentation,
  random: RandomStream,
  indices: Int32Array,
): Dataset {
  checkTypedOptions("augmented", augmentation, PARTS, DatasetError);
  const { flip = false, crop = 0, labels: share } = augmentation;
  const { inputShape, images, labels, positions = 1, targets } = dataset;
  const size = inputShape.reduce((product, n) => product * n, 1);
  const own: Dataset = {
    ...dataset,
    samples: indices.length,
    images: rowsOf(images, size, indices) as Float32Array,
    labels: rowsOf(labels, positions, indices) as typeof labels,
    ...(targets && {
      targets: {
        ...targets,
        values: rowsOf(targets.values, targets.outputs, indices) as Float32Array,
      },
    }),
  };
  if (flip || crop > 0) {
    const black = blackOf(dataset, size);
    for (const [row, index] of indices.entries()) {
      const [mirror, down, right] = [0, 1, 2].map((k) => random.uniformAt(3 * index + k));
      const shift = (uniform: number) => Math.floor(uniform * (2 * crop + 1)) - crop;
      const image = own.images.subarray(row * size, (row + 1) * size);
      image.set(
        moved(image, inputShape, black, flip && mirror! < 0.5, shift(down!), shift(right!)),
      );
    }
  }
  if (share === undefined) return own;
  return withLabels(own, freshLabels(own.labels, dataset, share, random.fork(1), indices));
}

/** What a raw 0 becomes at each place of a sample. */
function blackOf({ preprocessing: { mean, std } }: Dataset, size: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => {
    const column = i % mean.length;
    return -mean[column]! / std[column]!;
  });
}

/** An image, mirrored or not, seen through a frame that is moved down and to the right. */
function moved(
  image: Float32Array,
  [height, width, channels]: readonly number[],
  black: Float32Array,
  mirror: boolean,
  down: number,
  right: number,
): Float32Array {
  const out = black.slice();
  for (let y = 0; y < height!; y++) {
    const row = y + down;
    if (row < 0 || row >= height!) continue;
    for (let x = 0; x < width!; x++) {
      const column = x + right;
      if (column < 0 || column >= width!) continue;
      const from = (row * width! + (mirror ? width! - 1 - column : column)) * channels!;
      const to = (y * width! + x) * channels!;
      for (let c = 0; c < channels!; c++) out[to + c] = image[from + c]!;
    }
  }
  return out;
}
