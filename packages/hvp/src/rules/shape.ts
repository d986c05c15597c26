import { broadcastTo, mul, reshape, sum, type Tensor } from "@tensorflow/tfjs-core";

/**
 * The adjoint of broadcasting: sums over the axes along which a tensor of `shape` was repeated.
 *
 * @param x a tensor of the broadcast shape
 */
export function sumTo(x: Tensor, shape: number[]): Tensor {
  const offset = x.rank - shape.length;
  const axes = x.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < offset || (shape[axis - offset] === 1 && x.shape[axis] !== 1));
  const summed = axes.length > 0 ? sum(x, axes) : x;
  return sameShape(summed.shape, shape) ? summed : reshape(summed, shape);
}

/**
 * The adjoint of a sum over axes: repeats `dy` along them.
 *
 * @param axis the axes that were summed; null means all
 */
export function spreadTo(dy: Tensor, shape: number[], axis: unknown, scale = 1): Tensor {
  const summed = reducedAxes(axis, shape.length);
  const kept = shape.map((size, index) => (summed.has(index) ? 1 : size));
  const scaled = scale === 1 ? dy : mul(dy, scale);
  return broadcastTo(reshape(scaled, kept), shape);
}

/** The axes of a reduction as non-negative numbers. */
export function reducedAxes(axis: unknown, rank: number): Set<number> {
  if (axis == null) return new Set(Array.from({ length: rank }, (_, index) => index));
  const axes = Array.isArray(axis) ? (axis as number[]) : [axis as number];
  return new Set(axes.map((index) => (index < 0 ? index + rank : index)));
}

function sameShape(a: number[], b: number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
