/** Reads CIFAR-10 from the files of its archive. */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  checkTypedOptions,
  lookedAtLater,
  needed,
  type OptionDomains,
  positiveInteger,
  text,
} from "@eoss/rng/internal";
import { assemble } from "../assemble.js";
import {
  checkSplit,
  type Dataset,
  DatasetError,
  type Split,
  type SplitOptions,
} from "../dataset.js";
import type { LoadedData } from "../define.js";
import { howToFetch, howToPlaceFiles, trainingFiles } from "./files.js";
import { CHANNELS, CLASSES, PLANE, RECORD, readRecords } from "./records.js";

/** The constants of the paper's authors; this std is not the data's own (0.2470, 0.2435, 0.2616). */
const PREPROCESSING = {
  maxPixel: 255,
  mean: [0.4914, 0.4822, 0.4465],
  std: [0.2023, 0.1994, 0.201],
};

export interface Cifar10Options extends SplitOptions {
  /** The directory with `data_batch_*.bin` (training) and `test_batch.bin`. */
  dataDir: string;
}

const CIFAR10_OPTIONS: OptionDomains<Cifar10Options> = {
  ...{ dataDir: needed(text), samples: positiveInteger },
  ...{ split: lookedAtLater, seed: lookedAtLater },
};

/**
 * CIFAR-10 from its official binary files: colour images of 32×32 pixels in ten classes.
 *
 *   pixel → (pixel/255 − mean) / std,  images[i][(h·32 + w)·3 + c]
 *
 * The training split is every `data_batch_*.bin` that is there, of any whole number of records; the
 * test split is `test_batch.bin`, all of it whatever `samples` says.
 *
 * @example
 * const train = await cifar10({ dataDir: "cifar10", samples: 8192 });  // inputShape [32, 32, 3]
 *
 * @throws DatasetError if files are missing (it says which to put where), truncated or not of the
 * format (it gives file, offset and what was expected), or hold fewer images than `samples`
 * @see A. Krizhevsky (2009), Learning Multiple Layers of Features from Tiny Images
 */
export async function cifar10(options: Cifar10Options): Promise<Dataset> {
  checkTypedOptions("cifar10", options, CIFAR10_OPTIONS, DatasetError);
  checkSplit("cifar10", options, ["dataDir"]);
  const { dataDir, samples, split = "train" } = options;
  const loaded = await loadCifar10(dataDir, split);
  return assemble("cifar10", loaded, split === "train" ? { samples } : {});
}

/** One split of the files, raw. */
export async function loadCifar10(dataDir: string, split: Split): Promise<LoadedData> {
  const files = await findFiles(dataDir, split);
  const parts = await Promise.all(files.map((file) => readRecords(join(dataDir, file))));
  const records = parts.flatMap(splitRecords);
  const inputs = new Uint8Array(records.length * CHANNELS * PLANE);
  records.forEach((record, i) => {
    writeImage(record, inputs.subarray(i * CHANNELS * PLANE, (i + 1) * CHANNELS * PLANE));
  });
  return {
    inputShape: [32, 32, CHANNELS],
    task: { kind: "classification", classes: CLASSES },
    train: { inputs, labels: Uint8Array.from(records, (record) => record[0]!) },
    standardise: PREPROCESSING,
    source: `CIFAR-10 binary version (A. Krizhevsky, 2009): ${files
      .map((file, k) => `${file} (${parts[k]!.length / RECORD} records)`)
      .join(", ")}`,
  };
}

/** The names of a split's files. */
async function findFiles(dataDir: string, split: Split): Promise<string[]> {
  const names = await readdir(dataDir).catch((cause: NodeJS.ErrnoException) => {
    const problem = cause.code === "ENOENT" ? "there is no such directory" : cause.message;
    throw missing(dataDir, problem, cause);
  });
  const found =
    split === "train" ? trainingFiles(names) : names.filter((name) => name === "test_batch.bin");
  if (found.length > 0) return found;
  throw missing(dataDir, `it has no ${split === "train" ? "data_batch_*.bin" : "test_batch.bin"}`);
}

function missing(dataDir: string, problem: string, cause?: Error): DatasetError {
  const message = `CIFAR-10 cannot be read from ${dataDir}: ${problem}.`;
  return new DatasetError(`${message}\n${howToPlaceFiles(dataDir)}\n${howToFetch(dataDir)}`, {
    cause,
  });
}

/** Views of the single records of a file. */
function splitRecords(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: bytes.length / RECORD }, (_, i) =>
    bytes.subarray(i * RECORD, (i + 1) * RECORD),
  );
}

/** One record, channel planes one after another, to one image with the channels of a pixel together. */
function writeImage(record: Uint8Array, image: Uint8Array): void {
  for (let channel = 0; channel < CHANNELS; channel++) {
    for (let pixel = 0, from = 1 + channel * PLANE; pixel < PLANE; pixel++) {
      image[pixel * CHANNELS + channel] = record[from + pixel]!;
    }
  }
}
