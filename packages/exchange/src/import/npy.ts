/** Reads NumPy's `.npy` format. */

import { type GivenTensor, permuted, sizeOf } from "./weightsFile.js";

const MAGIC = "\x93NUMPY";

/** As many as NumPy's arrays can have. */
const MOST_AXES = 64;

/** Bytes of a header, as NumPy reads it. */
const LONGEST = 10_000;

export function isNpy(file: Uint8Array): boolean {
  return Buffer.from(file.subarray(0, MAGIC.length)).toString("latin1") === MAGIC;
}

/**
 * The array of a `.npy` file of float32 or float64, little-endian, in C or Fortran order. Values of
 * float64 are rounded.
 *
 * Magic, two bytes of version, the header's length (2 bytes, 4 from version 2), and a header such as
 * `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
 *
 * @throws RangeError saying what is wrong with the file
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function decodeNpy(file: Uint8Array): GivenTensor {
  if (!isNpy(file)) throw new RangeError("it does not start like a .npy file");
  if (file.length < 12) throw new RangeError(`its ${file.length} bytes are cut off in the header`);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const wide = file[6]! > 1;
  const begin = wide ? 12 : 10;
  const start = begin + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  if (start > file.length) {
    throw new RangeError(`its ${file.length} bytes are cut off in the header`);
  }
  if (start - begin > LONGEST) {
    throw new RangeError(`its header has ${start - begin} bytes; allowed: up to ${LONGEST}`);
  }
  const header = Buffer.from(file.subarray(begin, start)).toString("latin1");
  const type = /'descr': *'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order': *(True|False)/.exec(header)?.[1];
  const sizes = /'shape': *\(([\d, ]*)\)/.exec(header)?.[1];
  if (order === undefined || sizes === undefined || (type !== "<f4" && type !== "<f8")) {
    throw new RangeError(
      `its header is ${header.slice(0, 120).trim()}; expected an array of '<f4' or '<f8'`,
    );
  }
  const shape = (sizes.match(/\d+/g) ?? []).map(Number);
  if (shape.length > MOST_AXES) {
    throw new RangeError(`it has ${shape.length} axes; arrays have at most ${MOST_AXES}`);
  }
  const size = sizeOf(shape);
  const width = type === "<f4" ? 4 : 8;
  if (file.length - start !== width * size) {
    throw new RangeError(
      `an array of shape [${shape}] and type ${type} has ${width * size} bytes; the file ` +
        `${file.length - start}`,
    );
  }
  const read = (place: number) =>
    width === 4 ? view.getFloat32(place, true) : view.getFloat64(place, true);
  const values = Float32Array.from({ length: size }, (_, i) => read(start + width * i));
  const rounded = width === 8;
  if (order === "False") return { shape, values, rounded };
  // The first axis runs fastest: row-major with the axes the other way round.
  const axes = shape.map((_, axis) => shape.length - 1 - axis);
  return { shape, values: permuted(values, [...shape].reverse(), axes), rounded };
}
