/** Reads numeric arrays of MATLAB's files, version 5 to 7: the format of SVHN. */

import { basename } from "node:path";
import { inflateSync } from "node:zlib";
import { type ByteSource, bytesOf } from "../formats/bytes.js";
import { type NumberType, numbersOf, permuted, sizeOf, widthOf } from "../formats/numbers.js";
import { pickArrays } from "./arrays.js";
import { withFile } from "./disk.js";
import type { ReadTask } from "./fileDataset.js";
import type { Column, RawData } from "./raw.js";

const HEADER = 128;
const MATRIX = 14;
const COMPRESSED = 15;
/** What values are stored as, by the number of the data type. */
const STORED: Readonly<Record<number, NumberType>> = {
  1: "i1",
  2: "u1",
  3: "i2",
  4: "u2",
  5: "i4",
  6: "u4",
  7: "f4",
  9: "f8",
  12: "i8",
  13: "u8",
};
/** Classes of arrays that are numbers: double, single and integers. */
const NUMERIC = { least: 6, most: 15 };
const COMPLEX = 0x0800;

interface Element {
  readonly type: number;
  readonly begin: number;
  readonly length: number;
  /** Where the next one begins. */
  readonly end: number;
}

/** Arrays by name; where their last axis is the one of the samples, as in SVHN, it becomes the first. */
export function readMat(task: ReadTask): RawData {
  return withFile(task.path, (file) => {
    const arrays = matArrays(file);
    const raw = pickArrays(task, [...arrays.keys()], (name) => ({
      ...arrays.get(name)!,
      title: `${basename(task.path)}, array ${name}`,
    }));
    return {
      ...raw,
      train: { ...raw.train, inputs: samplesFirst(raw.train.inputs, raw.train.answers) },
    };
  });
}

/** The numeric arrays of a file, row-major. @throws RangeError saying what is wrong with the file */
function matArrays(file: ByteSource): Map<string, Omit<Column, "title">> {
  if (file.size < HEADER) throw new RangeError(`its ${file.size} bytes are cut off in the header`);
  const head = file.read(0, HEADER);
  const order = String.fromCharCode(head[126]!, head[127]!);
  if (order !== "IM") {
    throw new RangeError(
      order === "MI"
        ? "it is big-endian; save it on a little-endian machine"
        : "it is no MATLAB file of version 5 to 7 (one of version 7.3 is HDF5: save it with -v7)",
    );
  }
  const arrays = new Map<string, Omit<Column, "title">>();
  for (let at = HEADER; at < file.size; ) {
    const element = elementAt(file, at);
    at = element.begin + element.length;
    const content = file.read(element.begin, element.length);
    const whole = element.type === COMPRESSED ? unpacked(content) : bytesOf(content);
    const inner = element.type === COMPRESSED ? elementAt(whole, 0) : { ...element, begin: 0 };
    if (inner.type !== MATRIX)
      throw new RangeError(
        `at byte ${element.begin} there is an element of type ${inner.type}; expected an array`,
      );
    const found = arrayOf(whole, inner);
    if (found) arrays.set(found.name, found.column);
  }
  return arrays;
}

function unpacked(content: Uint8Array): ByteSource {
  try {
    return bytesOf(inflateSync(content));
  } catch (error) {
    throw new RangeError(`an array of it cannot be unpacked: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Tag and place of an element; a small one has its data in the tag. */
function elementAt(file: ByteSource, at: number): Element {
  const tag = file.read(at, 8);
  const view = new DataView(tag.buffer);
  const small = view.getUint16(2, true);
  if (small > 0)
    return { type: view.getUint16(0, true), begin: at + 4, length: small, end: at + 8 };
  const length = view.getUint32(4, true);
  const begin = at + 8;
  return { type: view.getUint32(0, true), begin, length, end: begin + 8 * Math.ceil(length / 8) };
}

function arrayOf(
  file: ByteSource,
  { begin }: Element,
): { name: string; column: Omit<Column, "title"> } | undefined {
  const flags = elementAt(file, begin);
  const word = new DataView(file.read(flags.begin, 8).buffer).getUint32(0, true);
  const kind = word & 0xff;
  const sizes = elementAt(file, flags.end);
  const shape = [...numbersOf(file.read(sizes.begin, sizes.length), "i4")];
  const title = elementAt(file, sizes.end);
  const name = String.fromCharCode(...file.read(title.begin, title.length));
  if (kind < NUMERIC.least || kind > NUMERIC.most || word & COMPLEX) return undefined;
  const data = elementAt(file, title.end);
  const type = STORED[data.type];
  if (type === undefined || data.length !== widthOf(type) * sizeOf(shape)) {
    throw new RangeError(
      `its array ${name} of shape [${shape}] has ${data.length} bytes of type ${data.type}`,
    );
  }
  const values = numbersOf(file.read(data.begin, data.length), type);
  // The first axis runs fastest; vectors have one axis here.
  const axes = shape.map((_, axis) => shape.length - 1 - axis);
  const rows = permuted(values, [...shape].reverse(), axes);
  const vector = shape.length === 2 && shape.includes(1);
  return {
    name,
    column: { data: { shape: vector ? [sizeOf(shape)] : shape, values: rows }, type },
  };
}

/** [height, width, channels, n] to [n, height, width, channels], where n is the number of labels. */
export function samplesFirst(inputs: Column, answers: Column): Column {
  const { shape, values } = inputs.data as { shape: number[]; values: Uint8Array };
  const count = answers.data.shape[0];
  if (shape[0] === count || shape.at(-1) !== count) return inputs;
  const last = shape.length - 1;
  const axes = [last, ...shape.keys()].slice(0, last + 1);
  return {
    ...inputs,
    data: { shape: axes.map((axis) => shape[axis]!), values: permuted(values, shape, axes) },
  };
}
