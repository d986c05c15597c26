/** Reads the data sets of papers from their official files. */

import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { Split } from "../dataset.js";
import type { LoadContext, LoadedData, Samples } from "../define.js";
import { readWhole } from "../files/disk.js";
import { idxColumn, present } from "../files/idx.js";
import { readImages } from "../files/images.js";
import { interpret } from "../files/interpret.js";
import { readMat } from "../files/mat.js";
import { readNumpy } from "../files/numpy.js";
import { fileOptions } from "../files/options.js";
import { type Column, fault, hasTexts, type RawData, type RawSamples } from "../files/raw.js";
import { permuted } from "../formats/numbers.js";
import { missingFiles, type OfficialName, type OfficialSet, officialSets } from "./files.js";

export type OfficialOptions = Record<string, unknown>;

/** Pixels of an image of three channels of 32 × 32, a plane after the other. */
const PLANES = [3, 32, 32] as const;
const IMAGE = 3 * 32 * 32;

const READERS: Readonly<
  Record<OfficialName, (folder: string, split: Split) => RawSamples | Promise<RawSamples>>
> = {
  mnist: (folder, split) => mnist(folder, split, "mnist"),
  "fashion-mnist": (folder, split) => mnist(folder, split, "fashion-mnist"),
  svhn,
  cifar100,
  cinic10,
  imagenet32,
};

/**
 * A data set of papers from the folder of its official files.
 *
 * @throws DatasetError if files are missing (it says which to put where) or damaged
 */
export async function loadOfficial(
  name: OfficialName,
  folder: string,
  options: OfficialOptions,
  context: LoadContext,
): Promise<LoadedData> {
  const read = READERS[name];
  const { title, classes }: OfficialSet = officialSets[name];
  const raw: RawData = {
    train: await read(folder, "train"),
    ...(context.splits.includes("test") && { test: await read(folder, "test") }),
    source: title,
    ...(classes && { classNames: Array.from({ length: classes }, (_, label) => label) }),
  };
  return interpret(raw, fileOptions.parse(options), context);
}

/** Loaded images with classes chosen, or another task; their constants stay. */
export function reinterpreted(
  title: string,
  loaded: LoadedData,
  options: OfficialOptions,
  context: LoadContext,
): LoadedData {
  const column = ({ inputs, labels }: Samples): RawSamples => ({
    inputs: {
      data: { shape: [labels!.length, ...loaded.inputShape], values: inputs },
      type: "u1",
      title,
    },
    answers: {
      data: { shape: [labels!.length], values: labels! },
      type: "u1",
      title: `${title}, labels`,
    },
  });
  const { train, test, source, standardise } = loaded;
  const raw = { train: column(train), ...(test && { test: column(test) }), source };
  const own = interpret(raw, fileOptions.parse({ standardise: "none", ...options }), context);
  const notes = own.notes!.filter((note) => note !== "inputs are not standardised");
  return options.standardise === undefined ? { ...own, standardise: standardise!, notes } : own;
}

function found(name: OfficialName, folder: string, file: string): string {
  const path = present(join(folder, file));
  if (existsSync(path)) return path;
  throw missingFiles(name, folder, file);
}

function mnist(folder: string, split: Split, name: OfficialName): RawSamples {
  const prefix = split === "train" ? "train" : "t10k";
  return {
    inputs: idxColumn(found(name, folder, `${prefix}-images-idx3-ubyte.gz`)),
    answers: idxColumn(found(name, folder, `${prefix}-labels-idx1-ubyte.gz`)),
  };
}

/** The digit 0 has the label 10 in the files. */
function svhn(folder: string, split: Split): RawSamples {
  const path = found("svhn", folder, `${split}_32x32.mat`);
  const options = fileOptions.parse({ x: "X", label: "y" });
  const { inputs, answers } = readMat({ path, options, beside: (file) => file, test: false }).train;
  const { data } = answers;
  if (hasTexts(data)) throw fault(answers.title, "it has texts; expected numbers from 1 to 10");
  return {
    inputs,
    answers: {
      ...answers,
      data: { ...data, values: data.values.map((v: number) => (v === 10 ? 0 : v)) },
    },
  };
}

/** Records of two labels (one of 20 groups, one of 100 classes) and three planes of 32 × 32. */
function cifar100(folder: string, split: Split): RawSamples {
  const path = found("cifar100", folder, `${split}.bin`);
  const bytes = readWhole(path);
  const record = 2 + IMAGE;
  const rest = bytes.length % record;
  if (bytes.length === 0 || rest > 0) {
    throw fault(
      path,
      `the record at byte ${bytes.length - rest} has ${rest} bytes, expected ${record}; the file is cut off or not CIFAR-100's binary version`,
    );
  }
  const count = bytes.length / record;
  const values = new Uint8Array(count * IMAGE);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    labels[i] = bytes[i * record + 1]!;
    if (labels[i]! >= 100)
      throw fault(
        path,
        `the label at byte ${i * record + 1} (record ${i}) is ${labels[i]}, expected 0 to 99`,
      );
    values.set(bytes.subarray(i * record + 2, (i + 1) * record), i * IMAGE);
  }
  const title = basename(path);
  return {
    inputs: images({ data: { shape: [count, IMAGE], values }, type: "u1", title }),
    answers: {
      data: { shape: [count], values: labels },
      type: "u1",
      title: `${title}, fine labels`,
    },
  };
}

/** Folders of classes in `train`, `valid` and `test`. */
async function cinic10(folder: string, split: Split): Promise<RawSamples> {
  for (const name of ["train", "test"]) {
    if (!existsSync(join(folder, name))) throw missingFiles("cinic10", folder, name);
  }
  const raw = await readImages({
    path: folder,
    options: {},
    beside: (file) => file,
    test: split === "test",
  });
  return split === "test" ? raw.test! : raw.train;
}

/** `data` [n, 3072], planes, and `labels` from 1 to 1000; training may be any of its ten files. */
function imagenet32(folder: string, split: Split): RawSamples {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const files = names
    .filter((name) =>
      (split === "train" ? /^train_data_batch_\d+\.npz$/ : /^val_data\.npz$/).test(name),
    )
    .sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  if (files.length === 0)
    throw missingFiles(
      "imagenet32",
      folder,
      split === "train" ? "train_data_batch_1.npz" : "val_data.npz",
    );
  const options = fileOptions.parse({ x: "data", label: "labels" });
  const parts = files.map(
    (name) =>
      readNumpy({ path: join(folder, name), options, beside: (file) => file, test: false }).train,
  );
  const inputs = joined(parts.map((part) => part.inputs));
  const answers = joined(parts.map((part) => part.answers));
  const { values } = answers.data as { values: Int32Array };
  const bad = values.findIndex(
    (label) => !(Number.isInteger(label) && label >= 1 && label <= 1000),
  );
  if (bad >= 0)
    throw fault(
      answers.title,
      `sample ${bad} has the label ${values[bad]}; expected integers from 1 to 1000`,
    );
  return {
    inputs: images(inputs),
    answers: {
      ...answers,
      data: { shape: [values.length], values: Int32Array.from(values, (label) => label - 1) },
    },
  };
}

function joined(parts: readonly Column[]): Column {
  const data = parts.map(({ data, title }) => {
    if (hasTexts(data)) throw fault(title, "it has texts; expected numbers");
    return data;
  });
  const [first] = parts as [Column];
  if (data.length === 1) return first;
  const size = data.reduce((sum, { values }) => sum + values.length, 0);
  const values = new (data[0]!.values.constructor as new (length: number) => Uint8Array)(size);
  let at = 0;
  for (const part of data) {
    values.set(part.values as Uint8Array, at);
    at += part.values.length;
  }
  const rows = data.reduce((sum, { shape }) => sum + shape[0]!, 0);
  return {
    ...first,
    title: parts.map(({ title }) => title).join(", "),
    data: { shape: [rows, ...data[0]!.shape.slice(1)], values },
  };
}

/** Planes to images with the channels of a pixel together. */
function images(column: Column): Column {
  const { shape, values } = column.data as { shape: number[]; values: Uint8Array };
  if (values.length !== shape[0]! * IMAGE)
    throw fault(column.title, `it has shape [${shape}]; expected ${IMAGE} numbers of each image`);
  return {
    ...column,
    data: {
      shape: [shape[0]!, 32, 32, 3],
      values: permuted(values, [shape[0]!, ...PLANES], [0, 2, 3, 1]),
    },
  };
}
