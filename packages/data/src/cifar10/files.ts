/** The official archive of the binary version. */
export const ARCHIVE_URL = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz";
export const ARCHIVE_MD5 = "c32a1d4ab5d03f1284b67883e8d87530";

/** What the archive holds for us, in its folder `cifar-10-batches-bin`. */
export const RECORD_FILES = [1, 2, 3, 4, 5]
  .map((i) => `data_batch_${i}.bin`)
  .concat("test_batch.bin");
export const ARCHIVE_FILES = [...RECORD_FILES, "batches.meta.txt"];

/** The training files among the names of a directory, numbered ones in numeric order. */
export function trainingFiles(names: readonly string[]): string[] {
  return names
    .filter((name) => /^data_batch_.+\.bin$/.test(name))
    .sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
}

/** What a person can do who has no files yet. */
export function howToPlaceFiles(dataDir: string): string {
  return [
    `Put these files of CIFAR-10's binary version into ${dataDir}:`,
    "  data_batch_1.bin … data_batch_5.bin  for training (any of them will do)",
    "  test_batch.bin                       for the test split",
    `They are in the folder cifar-10-batches-bin of ${ARCHIVE_URL}`,
    `(md5 ${ARCHIVE_MD5}).`,
  ].join("\n");
}

/** The command that fetches them. */
export function howToFetch(dataDir: string): string {
  return `Or let this fetch them: eoss data cifar10 --data-dir ${dataDir}`;
}
