/** The length of a gradient, as a number or, where numbers come only later, as a scalar on the device. */

import {
  abs,
  add,
  div,
  max,
  maximum,
  minimum,
  mul,
  pad,
  reshape,
  type Scalar,
  sqrt,
  square,
  sum,
  type Tensor,
  tidy,
} from "@tensorflow/tfjs-core";

/** ‖·‖: a scalar belongs to whoever asked. */
export type Norm = number | Scalar;

/** Terms of which a device makes one sum: long sums round. */
const BLOCK = 64;
/** What a device cannot tell from zero: small enough, and 1 divided by it is a float32. */
const ZERO = 2 ** -100;

/** ‖·‖ over all tensors together: in double precision, or, on a device that gives numbers only later, there. */
export function normOf(tensors: readonly Tensor[]): Norm {
  const values = valuesOf(tensors);
  if (values === undefined) return normOnDevice(tensors);
  let squares = 0;
  for (const part of values) for (const value of part) squares += value * value;
  return Math.sqrt(squares);
}

/**
 * ‖·‖ in single precision, where the tensors are: of the largest entry as the unit, so that no square is lost or
 * too large, and in blocks, so that its relative error is below 1e-6.
 */
export function normOnDevice(tensors: readonly Tensor[]): Scalar {
  return tidy(() => {
    const largest = tensors.map((x) => max(abs(x)) as Scalar);
    const unit = maximum(
      ZERO,
      largest.reduce((a, b) => maximum(a, b)),
    ) as Scalar;
    const squares = tensors.map((x) => total(square(div(x, unit))));
    const all = squares.reduce((a, b) => add(a, b));
    return mul(unit, sqrt(all)) as Scalar;
  });
}

/** a/‖g‖, to multiply with; 0 where ‖g‖ is. */
export function over(a: number, norm: Norm): Norm {
  if (typeof norm === "number") return norm === 0 ? 0 : a / norm;
  return tidy(() => div(a, maximum(norm, ZERO)) as Scalar);
}

/** min(1, a/(‖g‖ + b)) */
export function atMostOne(a: number, norm: Norm, b: number): Norm {
  if (typeof norm === "number") return Math.min(1, a / (norm + b));
  return tidy(() => minimum(1, div(a, add(norm, b))) as Scalar);
}

/** The entries of all tensors; undefined if the backend gives those of one only later. */
function valuesOf(tensors: readonly Tensor[]): Float32Array[] | undefined {
  try {
    return tensors.map((x) => x.dataSync() as Float32Array);
  } catch {
    // Another fault comes again on the device.
    return undefined;
  }
}

function total(x: Tensor): Scalar {
  let sums = reshape(x, [x.size]);
  while (sums.size > 1) {
    const rows = Math.ceil(sums.size / BLOCK);
    const whole = pad(sums, [[0, rows * BLOCK - sums.size]]);
    sums = sum(reshape(whole, [rows, BLOCK]), 1);
  }
  return reshape(sums, []) as Scalar;
}
