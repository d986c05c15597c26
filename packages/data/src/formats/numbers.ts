import type { NumberArray } from "../define.js";

/** A row-major array of a file. */
export interface NumberTensor {
  readonly shape: readonly number[];
  readonly values: NumberArray;
}

/** Types of numbers as formats name them without their width: signed, unsigned, IEEE, bfloat16. */
export type NumberType =
  | "i1"
  | "i2"
  | "i4"
  | "i8"
  | "u1"
  | "u2"
  | "u4"
  | "u8"
  | "f2"
  | "f4"
  | "f8"
  | "bf2";

/** The number of values of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** Bytes of a number. */
export function widthOf(type: NumberType): number {
  return Number(type.at(-1));
}

/**
 * Numbers from their bytes, without a copy where their type is one of JavaScript's. Half floats become
 * float32, and integers of 64 bits float64.
 *
 * @param bytes at the beginning of a buffer of their own; they may be changed
 * @throws RangeError for integers beyond 2⁵³, which float64 does not hold
 */
export function numbersOf(bytes: Uint8Array, type: NumberType, littleEndian = true): NumberArray {
  const width = widthOf(type);
  if (!littleEndian && width > 1) swapBytes(bytes, width);
  const count = bytes.length / width;
  const { buffer, byteOffset } = bytes;
  switch (type) {
    case "u1":
      return bytes;
    case "i1":
      return new Int8Array(buffer, byteOffset, count);
    case "u2":
      return new Uint16Array(buffer, byteOffset, count);
    case "i2":
      return new Int16Array(buffer, byteOffset, count);
    case "u4":
      return new Uint32Array(buffer, byteOffset, count);
    case "i4":
      return new Int32Array(buffer, byteOffset, count);
    case "f4":
      return new Float32Array(buffer, byteOffset, count);
    case "f8":
      return new Float64Array(buffer, byteOffset, count);
    case "f2":
      return halves(new Uint16Array(buffer, byteOffset, count));
    case "bf2": {
      const bits = Uint32Array.from(new Uint16Array(buffer, byteOffset, count), (b) => b << 16);
      return new Float32Array(bits.buffer);
    }
    default:
      return longs(new Uint32Array(buffer, byteOffset, 2 * count), type === "i8");
  }
}

function swapBytes(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}

/** Integers of 64 bits from their halves, the lower one first. */
function longs(words: Uint32Array, signed: boolean): Float64Array {
  const values = new Float64Array(words.length / 2);
  for (let i = 0; i < values.length; i++) {
    const high = words[2 * i + 1]!;
    const value = (signed ? high | 0 : high) * 2 ** 32 + words[2 * i]!;
    if (!Number.isSafeInteger(value)) {
      throw new RangeError(`number ${i} is an integer beyond 2^53, which float64 does not hold`);
    }
    values[i] = value;
  }
  return values;
}

/** IEEE half floats: sign, 5 bits of exponent, 10 of fraction. */
function halves(bits: Uint16Array): Float32Array {
  return Float32Array.from(bits, (half) => {
    const sign = half >> 15 ? -1 : 1;
    const exponent = (half >> 10) & 31;
    const fraction = (half & 1023) / 1024;
    if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return sign * (exponent ? (1 + fraction) * 2 ** (exponent - 15) : fraction * 2 ** -14);
  });
}

/**
 * The values of a row-major tensor with its axes in another order: axis k of the result is axis
 * `axes[k]` of the tensor.
 */
export function permuted<A extends NumberArray>(
  values: A,
  shape: readonly number[],
  axes: readonly number[],
): A {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const sizes = axes.map((axis) => shape[axis]!);
  const steps = axes.map((axis) => strides[axis]!);
  const index = sizes.map(() => 0);
  const out = new (values.constructor as new (length: number) => A)(values.length);
  let from = 0;
  for (let to = 0; to < out.length; to++) {
    out[to] = values[from]!;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      from += steps[axis]!;
      if (index[axis]! < sizes[axis]!) break;
      from -= steps[axis]! * sizes[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}
