import { EossError } from "@eoss/rng";
import { checkChoice, checkOptions } from "@eoss/rng/internal";

/** Samples in memory, ready to become the batches of a training run. */
export interface Dataset {
  /** As in the registry, e.g. "digits"; of a file its name. */
  readonly name: string;
  /** Height, width, channels of one image; [features] of a row of a table; [time] of a sequence. */
  readonly inputShape: readonly number[];
  /** Labels run from 0 to classes − 1; 0 where the targets are numbers. */
  readonly classes: number;
  /** Number of samples. */
  readonly samples: number;
  /** [samples × inputShape], standardised, dimensionless; tokens [samples × time]. */
  readonly images: Float32Array;
  /** [samples], of sequences [samples × positions]; empty where the targets are numbers. */
  readonly labels: LabelArray;
  /** Of sequences with a label at each position: how many there are. */
  readonly positions?: number;
  /** What the network is to give, where that is not one-hot labels. */
  readonly targets?: Targets;
  readonly preprocessing: Preprocessing;
  /** Where the samples come from, for the record of a run. */
  readonly source: string;
  /** What was found out about the data by looking at it, a sentence each. */
  readonly notes?: readonly string[];
}

/** The smallest type that holds the labels. */
export type LabelArray = Uint8Array | Uint16Array | Uint32Array;

/** Targets that are numbers: −1 and +1 of two classes, or those of a regression. */
export interface Targets {
  /** [samples × outputs], row-major. */
  readonly values: Float32Array;
  /** Numbers for each sample. */
  readonly outputs: number;
}

/** What is learnt: a class, one of two as a sign, numbers, or a class at each position of a sequence. */
export type TaskKind = "classification" | "binary" | "regression" | "sequence";

/** What is learnt from a data set. */
export function taskOf({ targets, classes, positions }: Dataset): TaskKind {
  if (targets) return classes === 2 ? "binary" : "regression";
  return positions === undefined ? "classification" : "sequence";
}

/** The number of outputs that a network needs for a data set, at each position of a sequence. */
export function outputsOf({ targets, classes }: Dataset): number {
  return targets?.outputs ?? classes;
}

/**
 * value → (value / maxPixel − mean) / std, in float64, then rounded to float32. Means are those of the
 * channels (the last axis) or of all numbers of a sample.
 */
export interface Preprocessing {
  /** The raw value of full intensity: 255 for bytes. */
  readonly maxPixel: number;
  /** [channels], in units of maxPixel. */
  readonly mean: readonly number[];
  /** [channels], in units of maxPixel. */
  readonly std: readonly number[];
}

/** The samples trained on, or those held out. */
export type Split = "train" | "test";

/** What every data set can be asked for. */
export interface SplitOptions {
  /**
   * The number of samples that training uses: the first of the fixed `balancedOrder`, in that order.
   * Default: all, in the order of the file.
   */
  samples?: number | undefined;
  /** Default "train". "test" is what is held out from a training on `samples` samples. */
  split?: Split | undefined;
  /** Of the order in which samples are taken, and of data that are made; default 0. */
  seed?: number | undefined;
}

/** The data set cannot be had as asked; the message says what to change. */
export class DatasetError extends EossError {
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
  checkOptions(name, options, ["samples", "split", "seed", ...more], DatasetError);
  const { seed = 0 } = options;
  if (!(Number.isSafeInteger(seed) && seed >= 0)) {
    throw new DatasetError(`${name}: seed is ${seed}; allowed: an integer from 0 up`);
  }
  const { split = "train" } = options;
  checkChoice(name, "split", split, SPLITS, DatasetError);
}
