import { checkTypedOptions, number } from "@eoss/rng/internal";

/** Values for a tensor, made before any backend runs. */
export interface Sample {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/**
 * A tensor's worth of well-spread numbers between `low` and `high`, the same on every machine. They
 * are multiples of 1/1024, so that differences with steps of powers of two have exact arguments.
 *
 * @param options.seed other numbers for other seeds
 */
export function sample(
  shape: readonly number[],
  options: { low?: number; high?: number; seed?: number } = {},
): Sample {
  checkTypedOptions("sample", options, { low: number, high: number, seed: number });
  const { low = -1, high = 1, seed = 0 } = options;
  const size = shape.reduce((product, n) => product * n, 1);
  const values = Float32Array.from(
    quasiRandom(size, 100 + seed),
    (u) => Math.round(1024 * (low + ((u + 1) / 2) * (high - low))) / 1024,
  );
  return { shape, values };
}

/** Fixed numbers instead of drawn ones. */
export function values(shape: readonly number[], entries: readonly number[]): Sample {
  return { shape, values: Float32Array.from(entries) };
}

/**
 * [size] numbers in (−1, 1), multiples of 1/128: a Kronecker sequence of the golden ratio, which
 * spreads evenly, with its order disturbed by the seed.
 */
export function quasiRandom(size: number, seed: number): Float64Array {
  const golden = (Math.sqrt(5) - 1) / 2;
  return Float64Array.from({ length: size }, (_, index) => {
    const u = (index * golden + (index % 7) * 0.37 + (seed + 1) * Math.SQRT2) % 1;
    return Math.round(127 * (2 * u - 1)) / 128;
  });
}
