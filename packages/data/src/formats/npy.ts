/** Reads NumPy's `.npy` format. */

import type { ByteSource } from "./bytes.js";
import {
  type NumberTensor,
  type NumberType,
  numbersOf,
  permuted,
  sizeOf,
  widthOf,
} from "./numbers.js";

const MAGIC = "\x93NUMPY";

/** As many as NumPy's arrays can have. */
const MOST_AXES = 64;

/** Bytes of a header, as NumPy reads it. */
const LONGEST = 10_000;

/** What the header of a `.npy` file says. */
export interface NpyHeader {
  /** As NumPy writes it: `<f4`, `|u1`, `>i8`, `<U5`. */
  readonly type: string;
  readonly shape: readonly number[];
  /** The first axis runs fastest. */
  readonly fortran: boolean;
  /** Where the values begin. */
  readonly start: number;
}

const TYPES: Readonly<Record<string, NumberType>> = {
  b1: "u1",
  ...Object.fromEntries(
    (["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"] as const).map((t) => [
      t,
      t,
    ]),
  ),
};

export function isNpy(start: Uint8Array): boolean {
  return latin1(start.subarray(0, MAGIC.length)) === MAGIC;
}

/**
 * The header of a `.npy` file: magic, two bytes of version, the header's length (2 bytes, 4 from
 * version 2), and a header such as `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
 *
 * @throws RangeError saying what is wrong with the file
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function npyHeader(file: ByteSource): NpyHeader {
  const first = file.read(0, Math.min(12, file.size));
  if (!isNpy(first)) throw new RangeError("it does not start like a .npy file");
  const cutOff = () => new RangeError(`its ${file.size} bytes are cut off in the header`);
  if (first.length < 12) throw cutOff();
  const view = new DataView(first.buffer);
  const wide = first[6]! > 1;
  const begin = wide ? 12 : 10;
  const start = begin + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  if (start > file.size) throw cutOff();
  if (start - begin > LONGEST) {
    throw new RangeError(`its header has ${start - begin} bytes; allowed: up to ${LONGEST}`);
  }
  const header = latin1(file.read(begin, start - begin));
  const type = /'descr': *'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order': *(True|False)/.exec(header)?.[1];
  const sizes = /'shape': *\(([\d, ]*)\)/.exec(header)?.[1];
  if (type === undefined || order === undefined || sizes === undefined) {
    throw new RangeError(
      `its header is ${header.slice(0, 120).trim()}; expected one type of numbers, an order and a shape`,
    );
  }
  const shape = (sizes.match(/\d+/g) ?? []).map(Number);
  if (shape.length > MOST_AXES) {
    throw new RangeError(`it has ${shape.length} axes; arrays have at most ${MOST_AXES}`);
  }
  return { type, shape, fortran: order === "True", start };
}

/**
 * The array of a `.npy` file of integers, floats or booleans of up to 64 bits, in any byte order and
 * in C or Fortran order. It takes the memory of its values once.
 *
 * @throws RangeError saying what is wrong with the file
 */
export function decodeNpy(file: ByteSource): NumberTensor & { readonly type: string } {
  const header = npyHeader(file);
  const { type, shape } = header;
  const numbers = TYPES[type.slice(1)];
  if (numbers === undefined || !/^[<>|=]/.test(type)) throw new RangeError(unreadable(type));
  const values = numbersOf(bytesIn(file, header, widthOf(numbers)), numbers, type[0] !== ">");
  return { type, shape, values: inRows(values, header) };
}

/** The texts of a `.npy` file of fixed-width strings, for names of classes. */
export function decodeNpyTexts(file: ByteSource): { shape: readonly number[]; texts: string[] } {
  const header = npyHeader(file);
  const [, order, kind, digits] = /^([<>|=])([US])(\d+)$/.exec(header.type) ?? [];
  if (kind === undefined) throw new RangeError(unreadable(header.type));
  const each = Number(digits);
  const bytes = bytesIn(file, header, kind === "U" ? 4 * each : each);
  const codes = kind === "U" ? numbersOf(bytes, "u4", order !== ">") : bytes;
  const texts = Array.from({ length: sizeOf(header.shape) }, (_, i) => {
    const own = codes.subarray(i * each, (i + 1) * each);
    return String.fromCodePoint(...own).replace(/\0+$/, "");
  });
  return { shape: header.shape, texts };
}

/** Whether the values are fixed-width strings. */
export function hasTexts({ type }: NpyHeader): boolean {
  return /^[<>|=][US]\d+$/.test(type);
}

function bytesIn(file: ByteSource, { type, shape, start }: NpyHeader, width: number): Uint8Array {
  const bytes = width * sizeOf(shape);
  if (file.size - start !== bytes) {
    throw new RangeError(
      `an array of shape [${shape}] and type ${type} has ${bytes} bytes; the file ${file.size - start}`,
    );
  }
  return file.read(start, bytes);
}

function inRows<A extends NumberTensor["values"]>(values: A, { shape, fortran }: NpyHeader): A {
  if (!fortran || shape.length < 2) return values;
  // The first axis runs fastest: row-major with the axes the other way round.
  const axes = shape.map((_, axis) => shape.length - 1 - axis);
  return permuted(values, [...shape].reverse(), axes);
}

function unreadable(type: string): string {
  return type.endsWith("O")
    ? "its values are Python objects, which are pickled: reading them would run code, so they are not read; " +
        "save numbers (x.astype('float32')) or texts (y.astype(str))"
    : `its type is ${type}; expected integers, floats or booleans of up to 64 bits`;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
