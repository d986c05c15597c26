/** Reads IDX, the format of MNIST and its family. */

import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { ByteSource } from "../formats/bytes.js";
import { type NumberType, numbersOf, sizeOf, widthOf } from "../formats/numbers.js";
import { withFile } from "./disk.js";
import type { ReadTask } from "./fileDataset.js";
import { type Column, fault, type RawData } from "./raw.js";

const TYPES: Readonly<Record<number, NumberType>> = {
  8: "u1",
  9: "i1",
  11: "i2",
  12: "i4",
  13: "f4",
  14: "f8",
};

/** Images and their labels: four files named as those of MNIST, or as options name them. */
export function readIdx({ path, options, beside, test }: ReadTask): RawData {
  const labels = options.labels === undefined ? siblingOf(path) : beside(options.labels);
  if (labels === undefined)
    throw fault(path, 'name the file of its labels, --data-options "labels: FILE"');
  const train = { inputs: idxColumn(path), answers: idxColumn(labels) };
  const files = [path, labels];
  const other = typeof options.test === "string" ? beside(options.test) : testOf(path);
  if (!test || other === undefined || typeof options.test === "number")
    return { train, source: sourceOf(files) };
  const theirs =
    options["test-labels"] === undefined ? siblingOf(other) : beside(options["test-labels"]);
  if (theirs === undefined)
    throw fault(other, 'name the file of its labels, --data-options "test-labels: FILE"');
  return {
    train,
    test: { inputs: idxColumn(other), answers: idxColumn(theirs) },
    source: sourceOf([...files, other, theirs]),
  };
}

/** The array of a file. @throws DatasetError naming it and what is wrong */
export function idxColumn(path: string): Column {
  return withFile(path, (file) => {
    const { shape, type, start } = headerOf(file);
    const bytes = widthOf(type) * sizeOf(shape);
    if (file.size - start !== bytes) {
      throw new RangeError(
        `an array of shape [${shape}] has ${bytes} bytes from byte ${start} on; the file has ${file.size - start}`,
      );
    }
    return {
      data: { shape, values: numbersOf(file.read(start, bytes), type, false) },
      type,
      title: basename(path),
    };
  });
}

/**
 * Two zeros, the type, the number of axes, then the size of each, big-endian.
 *
 * @see Y. LeCun, C. Cortes, C. Burges, The MNIST database
 */
function headerOf(file: ByteSource) {
  const start = file.read(0, Math.min(4, file.size));
  const type = TYPES[start[2] ?? -1];
  const axes = start[3] ?? 0;
  if (start[0] !== 0 || start[1] !== 0 || type === undefined || axes === 0) {
    throw new RangeError(
      `it begins with the bytes ${[...start].join(" ") || "of nothing"}; IDX begins with 0 0, a type (8, 9, 11 to 14) and the number of axes`,
    );
  }
  const begin = 4 + 4 * axes;
  if (file.size < begin) throw new RangeError(`its ${file.size} bytes are cut off in the header`);
  const sizes = new DataView(file.read(4, 4 * axes).buffer);
  return {
    type,
    start: begin,
    shape: Array.from({ length: axes }, (_, axis) => sizes.getUint32(4 * axis)),
  };
}

/** `train-labels-idx1-ubyte.gz` of `train-images-idx3-ubyte.gz`; undefined of other names. */
function siblingOf(path: string): string | undefined {
  const name = basename(path).replace(/images([-.])idx3/, "labels$1idx1");
  return name === basename(path) ? undefined : present(join(dirname(path), name));
}

/** The test images beside those of training, if they are there. */
function testOf(path: string): string | undefined {
  const name = basename(path).replace(/^train-/, "t10k-");
  const file = present(join(dirname(path), name));
  return name === basename(path) || !existsSync(file) ? undefined : file;
}

/** The file, packed or not; a missing one is named when it is read. */
export function present(path: string): string {
  const other = path.endsWith(".gz") ? path.slice(0, -3) : `${path}.gz`;
  return !existsSync(path) && existsSync(other) ? other : path;
}

function sourceOf(files: readonly string[]): string {
  return `IDX: ${files.map((file) => basename(file)).join(", ")}`;
}
