/** Products of matrices each of whose entries is a long sum. */

import { add, getBackend, matMul, slice, type Tensor, tensor2d } from "@tensorflow/tfjs-core";
import { chunkRanges } from "../operators/chunks.js";
import { addsHere } from "./doubles.js";

/** Terms from which on a sum of products is taken in parts. */
export const LONG = 4096;
/** Terms of a part: their rounding is some 5e-7 of Σ|a·b|, and grows with the root of their number. */
export const PART = 512;

export interface Flags {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/**
 * op(A)·op(B) of matrices, where the kernels would add many float32 numbers one after another: dot
 * products and products with one row or column in float64, others in parts.
 *
 * @returns undefined where sums are short
 */
export function longProduct(a: Tensor, b: Tensor, flags: Flags): Tensor | undefined {
  if (a.rank !== 2 || b.rank !== 2 || !addsHere(a) || !addsHere(b)) return undefined;
  // TensorFlow takes long sums in parts itself.
  if (getBackend() === "tensorflow") return undefined;
  const [rows, terms] = turnedIf(flags.transposeA, a.shape);
  const [columns] = turnedIf(!flags.transposeB, b.shape);
  if (Math.min(rows, columns) === 1 && terms > PART) {
    const [vector, matrix] = rows === 1 ? [a, b] : [b, a];
    const termsFirst = rows === 1 ? !flags.transposeB : flags.transposeA;
    const sums = vectorProduct(vector.dataSync(), matrix.dataSync(), termsFirst);
    return tensor2d(sums, [rows, columns]);
  }
  if (terms <= LONG) return undefined;
  return chunkRanges(terms, PART)
    .map(({ start, count }) => {
      const part = (t: Tensor, termsFirst: boolean) =>
        slice(t, termsFirst ? [start, 0] : [0, start], termsFirst ? [count, -1] : [-1, count]);
      const [left, right] = [part(a, flags.transposeA), part(b, !flags.transposeB)];
      return matMul(left, right, flags.transposeA, flags.transposeB);
    })
    .reduce((sum, product) => add(sum, product));
}

function turnedIf(turned: boolean, [m, n]: readonly number[]): [number, number] {
  return turned ? [n!, m!] : [m!, n!];
}

/** Σ_k v[k]·m[k, j], or m[j, k] where the terms are not the first axis. */
function vectorProduct(
  v: ArrayLike<number>,
  m: ArrayLike<number>,
  termsFirst: boolean,
): Float32Array {
  const [terms, count] = [v.length, m.length / v.length];
  const sums = new Float64Array(count);
  if (termsFirst) {
    for (let k = 0, at = 0; k < terms; k++) {
      const factor = v[k]!;
      for (let j = 0; j < count; j++) sums[j]! += factor * m[at++]!;
    }
  } else {
    for (let j = 0, at = 0; j < count; j++) {
      for (let k = 0; k < terms; k++) sums[j]! += v[k]! * m[at++]!;
    }
  }
  return Float32Array.from(sums);
}
