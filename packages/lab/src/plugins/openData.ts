import { dataSourceOf } from "@eoss/data";
import {
  type DatasetKind,
  type OpenDataset,
  openDataset,
  resolveDataset,
  type Split,
} from "@eoss/data/node";
import type { TrainConfig } from "@eoss/run";
import { seedOf } from "@eoss/run/internal";
import { importFrom } from "./importFrom.js";
import { USUAL_LIMIT } from "./limited.js";
import { limitedDataset } from "./limitedPlugins.js";

export type DataSettings = Pick<TrainConfig, "data" | "data-dir" | "data-options"> &
  Partial<Pick<TrainConfig, "plugin-limit" | "data-seed">>;

/**
 * The data set of a name, a file, a folder or a package, as seen from the current folder.
 *
 * @throws DatasetContractError saying what could not be found, or which rule the module broke
 */
export function findDataset(specifier: string): Promise<DatasetKind> {
  return resolveDataset(specifier, { importModule: importFrom(process.cwd()) });
}

/**
 * Loads the data that the settings name; that of somebody else's code twice, to see that it is the same.
 *
 * @throws DatasetError, DatasetContractError as `openDataset`
 */
export async function openData(
  settings: DataSettings,
  splits: readonly Split[],
): Promise<OpenDataset> {
  const { data, "data-dir": dataDir, "data-options": options, "plugin-limit": limit } = settings;
  const seed = seedOf(settings, "data");
  const foreign = dataSourceOf(data) === "code";
  const found = await findDataset(data);
  const kind = foreign ? limitedDataset(data, found, limit ?? USUAL_LIMIT) : found;
  return openDataset(kind, { dataDir, options, splits, seed, twice: foreign, inPlace: !foreign });
}
