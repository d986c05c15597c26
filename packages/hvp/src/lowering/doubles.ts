/** Sums of many float32 numbers, in float64. */

import type { Tensor } from "@tensorflow/tfjs-core";
import { readsAtOnce } from "../parameters/entries.js";

/**
 * Most terms that are left to a kernel which adds float32 numbers one after another. Each addition
 * rounds by up to 2⁻²⁴ of what is there by then, and of n similar terms the last ones lose up to
 * log2 n bits: 1e-2 of Σ|x| for a million of them.
 */
export const FEW_TERMS = 32;

/** Most terms that are left to a kernel which adds some of them apart, as average pooling does. */
export const SOME_TERMS = 16 * FEW_TERMS;

/** Whether the numbers of a tensor can be added here, in memory. */
export function addsHere(t: Tensor): boolean {
  return readsAtOnce() && t.dtype === "float32" && t.size > 0;
}

/**
 * Sums over axes.
 *
 * @param axes those that are summed, each from 0 to the rank − 1
 * @returns the sums in the order of the axes that are left
 */
export function sumOver(
  values: ArrayLike<number>,
  shape: readonly number[],
  axes: ReadonlySet<number>,
): ArrayLike<number> {
  let sums = values;
  let inner = 1;
  // Neighbouring axes are one; the last ones first, so that what is left is small.
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (!axes.has(axis)) {
      inner *= shape[axis]!;
      continue;
    }
    let count = shape[axis]!;
    while (axes.has(axis - 1)) count *= shape[--axis]!;
    sums = inner === 1 ? rowSums(sums, count) : columnSums(sums, count, inner);
  }
  return sums;
}

/** [outer, count] to [outer], in four sums that do not wait for one another. */
function rowSums(x: ArrayLike<number>, count: number): Float64Array {
  const sums = new Float64Array(x.length / count);
  for (let row = 0; row < sums.length; row++) {
    let [a, b, c, d] = [0, 0, 0, 0];
    const end = (row + 1) * count;
    let i = row * count;
    for (; i + 3 < end; i += 4) {
      a += x[i]!;
      b += x[i + 1]!;
      c += x[i + 2]!;
      d += x[i + 3]!;
    }
    for (; i < end; i++) a += x[i]!;
    sums[row] = a + b + (c + d);
  }
  return sums;
}

/** [outer, count, inner] to [outer, inner]. */
function columnSums(x: ArrayLike<number>, count: number, inner: number): Float64Array {
  const sums = new Float64Array(x.length / count);
  for (let first = 0, from = 0; first < sums.length; first += inner) {
    for (let row = 0; row < count; row++, from += inner) {
      for (let column = 0; column < inner; column++) sums[first + column]! += x[from + column]!;
    }
  }
  return sums;
}
