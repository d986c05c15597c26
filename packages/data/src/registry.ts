/** All data sets by name. */

import { byName } from "@eoss/rng/internal";
import { alice } from "./alice.js";
import { howToFetch } from "./cifar10/files.js";
import { cifar10 } from "./cifar10/load.js";
import { checkSplit, type Dataset, DatasetError, type SplitOptions } from "./dataset.js";
import { digits } from "./digits.js";
import type { DatasetName } from "./names.js";
import { spirals } from "./spirals.js";
import { twoPoint } from "./twoPoint.js";

export interface LoadOptions extends SplitOptions {
  /** The directory of the files, for a data set that is not embedded. */
  dataDir?: string;
}

const loaders: Record<DatasetName, (options: LoadOptions) => Dataset | Promise<Dataset>> = {
  digits: embedded(digits),
  cifar10: ({ dataDir, ...options }) =>
    cifar10({ ...options, dataDir: required("cifar10", dataDir) }),
  "two-point": embedded(twoPoint),
  alice: embedded(alice),
  spirals: embedded(spirals),
};

/**
 * A data set by its name.
 *
 * @throws DatasetError if the name is unknown, or as the data set itself does
 */
export async function loadDataset(name: string, options: LoadOptions = {}): Promise<Dataset> {
  const load = byName("data set", loaders, name, DatasetError);
  checkSplit(name, options, ["dataDir"]);
  return load(options);
}

/** A data set without files, which has no use for their directory. */
function embedded(load: (options: SplitOptions) => Dataset): (options: LoadOptions) => Dataset {
  return ({ dataDir: _, ...options }) => load(options);
}

function required(name: string, dataDir: string | undefined): string {
  if (dataDir) return dataDir;
  throw new DatasetError(
    `${name} is read from files: give their directory, --data-dir DIR (here: dataDir).\n${howToFetch("DIR")}`,
  );
}
