/** The entries of a list at these indices, in this order. */
export function pick(from: ArrayLike<number>, indices: readonly number[]): Float64Array {
  return Float64Array.from(indices, (i) => from[i]!);
}
