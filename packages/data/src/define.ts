import type { RandomStream } from "@eoss/rng";
import { callback, checkTypedOptions, needed, SCHEMA_PARTS } from "@eoss/rng/internal";
import type { z } from "zod";
import type { Preprocessing, Split } from "./dataset.js";

/** Numbers in a row, of any type that holds them. */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array;

/** Samples of a split, raw, in the order of their source. */
export interface Samples {
  /** [n × inputShape], row-major; images height, width, channels; whole numbers for tokens. */
  readonly inputs: NumberArray;
  /** [n], or [n × positions] of sequences: whole numbers from 0 to classes − 1. */
  readonly labels?: NumberArray;
  /** [n × outputs] of a regression, row-major. */
  readonly targets?: NumberArray;
}

/** What is to be learnt. */
export type LearningTask =
  | { readonly kind: "classification"; readonly classes: number }
  /** Labels 0 and 1 become the targets −1 and +1 of one output. */
  | { readonly kind: "binary" }
  | { readonly kind: "regression"; readonly outputs: number }
  /** A label at each position. */
  | { readonly kind: "sequence"; readonly classes: number; readonly positions: number };

/**
 * How inputs are shifted and scaled: by the means and the standard deviations of the training split
 * for each channel (the last axis) or each number of a sample, by given constants, or not at all.
 */
export type Standardise = "channel" | "feature" | "none" | Preprocessing;

/** A data set as its source has it: both splits, whole. */
export interface LoadedData {
  /** Of one sample: [height, width, channels], [features] or [time]. */
  readonly inputShape: readonly number[];
  readonly task: LearningTask;
  readonly train: Samples;
  /** Default: what training on `samples` samples leaves. */
  readonly test?: Samples;
  /** Default "none": the inputs as they are. */
  readonly standardise?: Standardise;
  /** Where the samples come from (author, year, address, licence), for the record of a run. */
  readonly source: string;
  /** What was found out by looking at the data, a sentence each; it is printed and recorded. */
  readonly notes?: readonly string[];
}

/** What a data set may use beside its options. */
export interface LoadContext {
  /** The folder of `--data-dir`, if one was given. */
  readonly dataDir?: string | undefined;
  /** The splits that are needed: files of the other need not be there. */
  readonly splits: readonly Split[];
  /** Of all that is drawn of the data: 0, whatever the seed of the run, unless another is asked for. */
  readonly seed: number;
  /** For data that is made: of this seed, the same numbers at each call. */
  readonly random: RandomStream;
}

/** What the author of a data set writes. */
export interface DatasetDefinition<Options> {
  /** The name in records and figures. */
  readonly name: string;
  /** One line for the help text. */
  readonly description: string;
  /** Options with defaults, limits and descriptions, for `--data-options`. */
  readonly options: z.ZodType<Options>;
  /** The same numbers at each call. */
  load(options: Options, context: LoadContext): LoadedData | Promise<LoadedData>;
}

/** A data set that can be loaded; what a data package exports. */
export type DatasetKind<Options = unknown> = DatasetDefinition<Options>;

/**
 * Makes a data set of one's own for `--data ./file.js` or `--data package`.
 *
 * @example
 * export default defineDataset({
 *   name: "line",
 *   description: "y = 2x with noise",
 *   options: z.object({ points: z.number().int().min(2).default(100) }),
 *   load({ points }, { random }) {
 *     const inputs = random.fork(0).normals(points);
 *     const noise = random.fork(1).normals(points);
 *     const targets = inputs.map((x, i) => 2 * x + 0.1 * noise[i]);
 *     return {
 *       inputShape: [1],
 *       task: { kind: "regression", outputs: 1 },
 *       train: { inputs, targets },
 *       source: "y = 2x + 0.1 ε, made by line.js",
 *     };
 *   },
 * });
 *
 * @throws RangeError for a part that a definition does not have, that is missing, or that is of another kind
 */
export function defineDataset<Options>(
  definition: DatasetDefinition<Options>,
): DatasetKind<Options> {
  checkTypedOptions("defineDataset", definition, { ...SCHEMA_PARTS, load: needed(callback) });
  return { ...definition };
}
