// The entry for Node: all of `index.ts`, and the data sets that are read from files.

export type { LoadPluginOptions } from "@eoss/rng";
export { type FetchOptions, type FetchResult, fetchCifar10 } from "./cifar10/fetch.js";
export { type Cifar10Options, cifar10 } from "./cifar10/load.js";
export * from "./index.js";
export { type FetchDatasetOptions, fetchDataset, fetchedNames } from "./official/fetch.js";
export {
  type LoadOptions,
  loadDataset,
  type OpenDataset,
  type OpenOptions,
  openDataset,
  resolveDataset,
} from "./open.js";
export { datasets } from "./registry.js";
