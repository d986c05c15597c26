import { existsSync, readdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, isAbsolute, join, resolve } from "node:path";
import { DatasetError } from "../dataset.js";
import { type DatasetKind, defineDataset } from "../define.js";
import { interpret } from "./interpret.js";
import { type FileOptions, fileOptions } from "./options.js";
import type { RawData } from "./raw.js";

/** What a reader is given. */
export interface ReadTask {
  /** The file or folder, absolute. */
  readonly path: string;
  readonly options: FileOptions;
  /** Another file that options name: relative to the folder of the first one. */
  readonly beside: (name: string) => string;
  /** Whether the test split is needed. */
  readonly test: boolean;
}

type Reader = (task: ReadTask) => RawData | Promise<RawData>;

/** A format: whose files it is for, by their names, and how they are read. Loaded when needed. */
interface Format {
  readonly name: string;
  readonly pattern: RegExp;
  readonly reader: () => Promise<Reader>;
}

const FORMATS: readonly Format[] = [
  {
    name: "NumPy (.npz, .npy)",
    pattern: /\.np[yz](\.gz)?$/,
    reader: async () => (await import("./numpy.js")).readNumpy,
  },
  {
    name: "tables (.csv, .tsv)",
    pattern: /\.[ct]sv(\.gz)?$/,
    reader: async () => (await import("./csv.js")).readCsv,
  },
  {
    name: "IDX (…-ubyte, .idx, also .gz)",
    pattern: /(idx[123]-ubyte|\.idx)(\.gz)?$/,
    reader: async () => (await import("./idx.js")).readIdx,
  },
  {
    name: "Parquet (.parquet)",
    pattern: /\.parquet$/,
    reader: async () => (await import("./parquet.js")).readParquet,
  },
  {
    name: "safetensors (.safetensors)",
    pattern: /\.safetensors$/,
    reader: async () => (await import("./safetensors.js")).readSafetensors,
  },
  {
    name: "MATLAB (.mat)",
    pattern: /\.mat$/,
    reader: async () => (await import("./mat.js")).readMat,
  },
  {
    name: "texts (.txt)",
    pattern: /\.txt(\.gz)?$/,
    reader: async () => (await import("./text.js")).readText,
  },
];

/** A data set that a file or a folder holds. */
export function fileDataset(specifier: string): DatasetKind<FileOptions> {
  return defineDataset({
    name: basename(specifier),
    description: `samples of ${specifier}`,
    options: fileOptions,
    async load(options, context) {
      const { dataDir, splits } = context;
      const path = pathOf(specifier, dataDir);
      const read = await readerOf(path);
      checkRead(path, options);
      const beside = (name: string) =>
        isAbsolute(name) ? name : resolve(path, isFolder(path) ? "." : "..", name);
      const test = splits.includes("test") || typeof options.test === "number";
      return interpret(await read({ path, options, beside, test }), options, context);
    },
  });
}

function pathOf(specifier: string, dataDir: string | undefined): string {
  const home = specifier.replace(/^~(?=$|[/\\])/, homedir());
  return resolve(dataDir ?? ".", home);
}

/** Options that one format alone reads, and the names of its files. */
const READ_BY = [
  {
    what: "texts (.txt)",
    pattern: /\.txt(\.gz)?$/,
    options: ["time", "tokens", "vocabulary"],
  },
  { what: "tables (.csv, .tsv)", pattern: /\.[ct]sv(\.gz)?$/, options: ["header", "delimiter"] },
] as const;

/** @throws DatasetError for an option that the format of the file has no use for */
function checkRead(path: string, options: FileOptions): void {
  for (const { what, pattern, options: own } of READ_BY) {
    const stray = own.find((name) => options[name] !== undefined);
    if (stray === undefined || pattern.test(basename(path).toLowerCase())) continue;
    throw new DatasetError(`${stray} is an option of ${what}, and ${path} is none; leave it out`);
  }
}

async function readerOf(path: string): Promise<Reader> {
  if (!existsSync(path)) {
    throw new DatasetError(
      `${path}: there is no such file or folder; a relative path begins at --data-dir, or else in the current folder`,
    );
  }
  if (isFolder(path)) return folderReader(readdirSync(path));
  const found = FORMATS.find(({ pattern }) => pattern.test(basename(path).toLowerCase()));
  if (found) return found.reader();
  throw new DatasetError(
    `${path}: the name is of no known format; known are: ${FORMATS.map(({ name }) => name).join(", ")}, and folders ` +
      "of images by class",
  );
}

/** Of a folder, what is in it says what it is: the files of MNIST, Parquet, or folders of images. */
async function folderReader(names: readonly string[]): Promise<Reader> {
  const images = names.find((name) => /^train-images.*idx3-ubyte(\.gz)?$/.test(name));
  if (images !== undefined) {
    const { readIdx } = await import("./idx.js");
    return (task) => readIdx({ ...task, path: join(task.path, images) });
  }
  if (names.some((name) => name.endsWith(".parquet"))) {
    return (await import("./parquet.js")).readParquet;
  }
  return (await import("./images.js")).readImages;
}

function isFolder(path: string): boolean {
  return statSync(path).isDirectory();
}
