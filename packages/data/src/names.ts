/** The names that `loadDataset` knows. A new data set is one file, one name here and one loader. */
export const datasetNames = [
  "digits",
  "cifar10",
  "two-point",
  "alice",
  "spirals",
  "mnist",
  "fashion-mnist",
  "svhn",
  "cifar100",
  "cinic10",
  "imagenet32",
] as const;

/** Those of them that need no files. */
const embedded: readonly string[] = ["digits", "two-point", "alice", "spirals"];

/** Whether a data set may read files of a folder, `--data-dir`: all do but those that are part of this package. */
export function readsFolder(text: string): boolean {
  return !embedded.includes(text);
}

export type DatasetName = (typeof datasetNames)[number];

const CODE = /\.[cm]?[jt]s$/;
const DATA = /\.(npz|npy|csv|tsv|txt|parquet|safetensors|mat|idx|bin|gz)$|idx[123]-ubyte$|[/\\]$/i;

/**
 * What `--data` means by a text, without a look at the disk: a name of ours, a file or folder of
 * samples, or code that makes them (a file of JavaScript or TypeScript, or a package).
 */
export function dataSourceOf(text: string): "built-in" | "files" | "code" {
  if ((datasetNames as readonly string[]).includes(text)) return "built-in";
  const path = text.replace(/#[^#/\\]*$/, "");
  if (CODE.test(path)) return "code";
  return DATA.test(text) || /^(\.{1,2}[/\\]|[/\\]|~|[A-Za-z]:[/\\])/.test(text) ? "files" : "code";
}
