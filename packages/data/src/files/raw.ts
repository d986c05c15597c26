import { DatasetError } from "../dataset.js";
import type { NumberTensor } from "../formats/numbers.js";

/** Labels as texts: names of classes. */
export interface TextTensor {
  readonly shape: readonly number[];
  readonly texts: readonly string[];
}

/** An array of a file: its first axis runs over the samples. */
export interface Column {
  readonly data: NumberTensor | TextTensor;
  /** The type as the file has it, for the record. */
  readonly type: string;
  /** What messages call it: `moons.npz, array x`. */
  readonly title: string;
  /** What messages call a sample: `row 7, line 9`. Default: `sample 7`. */
  readonly place?: (sample: number) => string;
}

/** Inputs and what is learnt of one split. */
export interface RawSamples {
  readonly inputs: Column;
  readonly answers: Column;
}

/** What a reader of a format found. */
export interface RawData {
  readonly train: RawSamples;
  readonly test?: RawSamples | undefined;
  /** Whether a share that options hold out is among the test samples already: the samples are not drawn. */
  readonly holdsOut?: boolean;
  readonly source: string;
  /** Names of the classes in the order of their numbers, where the format has them. */
  readonly classNames?: readonly (string | number)[] | undefined;
  /** A label for each position: the texts are sequences. */
  readonly sequence?: { readonly classes: number; readonly positions: number };
  readonly notes?: readonly string[];
}

export function hasTexts(data: Column["data"]): data is TextTensor {
  return "texts" in data;
}

/** A fault of a file: which, where, what was expected. */
export function fault(title: string, problem: string, cause?: unknown): DatasetError {
  return new DatasetError(`${title}: ${problem}`, cause === undefined ? undefined : { cause });
}

/** Runs a reader of bytes and says of which file its faults are. */
export function naming<T>(title: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DatasetError) throw error;
    throw fault(title, (error as Error).message, error);
  }
}
