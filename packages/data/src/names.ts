/** The names that `loadDataset` knows. A new data set is one file, one name here and one loader. */
export const datasetNames = ["digits", "cifar10", "two-point", "alice", "spirals"] as const;

export type DatasetName = (typeof datasetNames)[number];
