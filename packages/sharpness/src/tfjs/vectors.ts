// Inner products of typed arrays, which refuse a mixture of coordinates.
import { float32, type VectorSpace } from "@eoss/eigen";

type Sized = Pick<ArrayLike<number>, "length">;

/** Typed arrays have all optional members. */
const space = float32() as Required<VectorSpace<Float32Array>>;

/** All xₖᵀy, in float64, in one pass over y. */
export function dots(xs: readonly Float32Array[], y: Float32Array): Float64Array {
  return space.dots(xs, y);
}

/** y ← y + Σ aₖ·xₖ, in one pass over y. */
export function addCombination(
  y: Float32Array,
  a: ArrayLike<number>,
  xs: readonly Float32Array[],
): void {
  space.axpys(a, xs, y);
}

/**
 * xᵀy, in float64.
 *
 * @throws RangeError if the lengths differ
 */
export function dot(x: ArrayLike<number>, y: ArrayLike<number>): number {
  checkLengths(x, y);
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
  return sum;
}

/** Euclidean norm, in float64. */
export function norm(x: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! ** 2;
  return Math.sqrt(sum);
}

/** a·x. */
export function scaled(x: Float32Array, a: number): Float32Array {
  return x.map((value) => a * value);
}

/** cos² of the angle between two vectors; NaN if one of them is zero. */
export function squaredCosine(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return Math.min(1, dot(x, y) ** 2 / (dot(x, x) * dot(y, y)));
}

/** @throws RangeError for vectors of unequal lengths: no sum over both means anything */
export function checkLengths(x: Sized, y: Sized): void {
  if (x.length === y.length) return;
  throw new RangeError(
    `vectors of ${x.length} and ${y.length} entries lie in different coordinates: take gradient() and the vectors of top(), which are over all parameters, and lift() what is found in reduced ones`,
  );
}
