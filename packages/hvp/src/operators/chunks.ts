/** A run of samples, and its share of all of them. */
export interface ChunkRange {
  readonly start: number;
  readonly count: number;
  /** count/n: the weights sum to one, a short last chunk included. */
  readonly weight: number;
}

/**
 * Splits n samples into runs of `size` and one of the rest.
 *
 * @example
 * chunkRanges(10, 4).map(({ start, count, weight }) => [start, count, weight]); // [[0, 4, 0.4], [4, 4, 0.4], [8, 2, 0.2]]
 */
export function chunkRanges(n: number, size: number): ChunkRange[] {
  if (!(Number.isInteger(size) && size >= 1)) {
    throw new RangeError(`the size of a chunk must be a positive integer, got ${size}`);
  }
  return Array.from({ length: Math.ceil(n / size) }, (_, index) => {
    const start = index * size;
    const count = Math.min(size, n - start);
    return { start, count, weight: count / n };
  });
}
