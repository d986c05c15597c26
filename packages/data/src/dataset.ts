import { checkChoice, checkOptions } from "@eoss/rng/internal";

/** Labelled images, or sequences of tokens, in memory, ready to become the batches of a training run. */
export interface Dataset {
  /** As in the registry, e.g. "digits". */
  readonly name: string;
  /** Height, width, channels of one image; [time] of a sequence. */
  readonly inputShape: readonly number[];
  /** Labels run from 0 to classes − 1. */
  readonly classes: number;
  /** Number of samples. */
  readonly samples: number;
  /** [samples × height × width × channels], standardised pixels, dimensionless; tokens [samples × time]. */
  readonly images: Float32Array;
  /** [size], of sequences [samples × positions]. */
  readonly labels: Uint8Array;
  /** Of sequences with a label at each position: how many there are. */
  readonly positions?: number;
  readonly preprocessing: Preprocessing;
  /** Where the images come from, for the record of a run. */
  readonly source: string;
}

/** pixel → (pixel / maxPixel − mean) / std, in float64, then rounded to float32. */
export interface Preprocessing {
  /** The raw value of full intensity: 255 for bytes. */
  readonly maxPixel: number;
  /** [channels], in units of maxPixel. */
  readonly mean: readonly number[];
  /** [channels], in units of maxPixel. */
  readonly std: readonly number[];
}

/** The images trained on, or those held out. */
export type Split = "train" | "test";

/** What every data set can be asked for. */
export interface SplitOptions {
  /**
   * The number of images that training uses: the first of the fixed `balancedOrder`, in that order.
   * Default: all, in the order of the file.
   */
  samples?: number;
  /** Default "train". "test" is what is held out from a training on `samples` images. */
  split?: Split;
}

/** The data set cannot be had as asked; the message says what to change. */
export class DatasetError extends Error {
  override name = "DatasetError";
}

const SPLITS: readonly Split[] = ["train", "test"];

/**
 * Refuses options that a data set does not have, and a split that is none.
 *
 * @param more names of options beside those of `SplitOptions`
 * @throws DatasetError
 */
export function checkSplit(
  name: string,
  options: SplitOptions,
  more: readonly string[] = [],
): void {
  checkOptions(name, options, ["samples", "split", ...more], DatasetError);
  const { split = "train" } = options;
  checkChoice(name, "split", split, SPLITS, DatasetError);
}
