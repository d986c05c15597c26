/** Which official files a data set is read from, and where they are. */

import { DatasetError } from "../dataset.js";

/** A file as its authors publish it. */
interface OfficialFile {
  readonly name: string;
  readonly md5?: string;
}

export interface OfficialSet {
  readonly title: string;
  /** How many there are, where labels are numbers. */
  readonly classes?: number;
  /** Where the files are: each under its name, or all in an archive. */
  readonly base?: string;
  readonly archive?: { readonly url: string; readonly md5: string };
  /** What is said where the files cannot be fetched by a program. */
  readonly where: string;
  readonly files: readonly OfficialFile[];
}

const idx = (train: string, trainLabels: string, test: string, testLabels: string) => [
  { name: "train-images-idx3-ubyte.gz", md5: train },
  { name: "train-labels-idx1-ubyte.gz", md5: trainLabels },
  { name: "t10k-images-idx3-ubyte.gz", md5: test },
  { name: "t10k-labels-idx1-ubyte.gz", md5: testLabels },
];

export const officialSets = {
  mnist: {
    title: "MNIST (Y. LeCun, C. Cortes, C. Burges)",
    classes: 10,
    base: "https://ossci-datasets.s3.amazonaws.com/mnist/",
    where: "https://ossci-datasets.s3.amazonaws.com/mnist/",
    files: idx(
      "f68b3c2dcbeaaa9fbdd348bbdeb94873",
      "d53e105ee54ea40749a09fcbcd1e9432",
      "9fb629c4189551a2d022fa330f9573f3",
      "ec29112dd5afa0611ce80d1b7f02629c",
    ),
  },
  "fashion-mnist": {
    title: "Fashion-MNIST (H. Xiao, K. Rasul, R. Vollgraf, 2017)",
    classes: 10,
    base: "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    where: "https://github.com/zalandoresearch/fashion-mnist",
    files: idx(
      "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
      "25c81989df183df01b3e8a0aad5dffbe",
      "bef4ecab320f06d8554ea6380940ec79",
      "bb300cfdad3c16e7a12a480ee83cd310",
    ),
  },
  svhn: {
    title: "SVHN, cropped digits (Y. Netzer et al., 2011)",
    classes: 10,
    base: "http://ufldl.stanford.edu/housenumbers/",
    where: "http://ufldl.stanford.edu/housenumbers/",
    files: [
      { name: "train_32x32.mat", md5: "e26dedcc434d2e4c54c9b2d4a06d8373" },
      { name: "test_32x32.mat", md5: "eb5a983be6a315427106f1b164d9cef3" },
    ],
  },
  cifar100: {
    title: "CIFAR-100, binary version (A. Krizhevsky, 2009)",
    classes: 100,
    archive: {
      url: "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
      md5: "03b5dce01913d631647c71ecec9e9cb8",
    },
    where:
      "the folder cifar-100-binary of https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
    files: [{ name: "train.bin" }, { name: "test.bin" }],
  },
  cinic10: {
    title: "CINIC-10 (L. Darlow et al., 2018)",
    where:
      "CINIC-10.tar.gz of https://datashare.ed.ac.uk/handle/10283/3192 (md5 6ee4d0c996905fe93221de577967a372), unpacked",
    files: [{ name: "train" }, { name: "valid" }, { name: "test" }],
  },
  imagenet32: {
    title: "ImageNet 32×32 (P. Chrabaszcz, I. Loshchilov, F. Hutter, 2017)",
    classes: 1000,
    where:
      "the npz version at https://image-net.org/download-images.php (an account is needed), unpacked",
    files: [{ name: "train_data_batch_1.npz" }, { name: "val_data.npz" }],
  },
} as const satisfies Record<string, OfficialSet>;

export type OfficialName = keyof typeof officialSets;

/** What a person can do who has no files yet. */
export function howToPlace(name: OfficialName, dataDir: string): string {
  const { title, where, files, ...rest }: OfficialSet = officialSets[name];
  const names = files.map(({ name, md5 }) => `  ${name}${md5 ? ` (md5 ${md5})` : ""}`);
  const fetched = "base" in rest || "archive" in rest;
  return [
    `Put these files of ${title} into ${dataDir}:`,
    ...names,
    `They are in ${where}.`,
    ...(fetched ? [`Or let this fetch them: eoss data ${name} --data-dir ${dataDir}`] : []),
  ].join("\n");
}

/** @throws DatasetError saying which files to put where */
export function missingFiles(name: OfficialName, dataDir: string, lacking: string): DatasetError {
  return new DatasetError(
    `${name} cannot be read from ${dataDir}: it has no ${lacking}.\n${howToPlace(name, dataDir)}`,
  );
}
