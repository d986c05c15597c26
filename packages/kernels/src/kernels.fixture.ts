import "@tensorflow/tfjs-backend-wasm";
import { stream } from "@eoss/rng";
import * as tf from "@tensorflow/tfjs-core";
import { installKernels } from "./index.js";
import { bestVariant } from "./module.js";
import { type Blas, loadBlas } from "./native/index.js";

/** The BLAS of this machine; undefined, with the reason printed, where there is none. */
export const blas: Blas | undefined = await (async () => {
  try {
    return await loadBlas();
  } catch (error) {
    console.warn(
      `tests of native products are skipped: ${(error as Error).message.split("\n")[0]}`,
    );
    return undefined;
  }
})();

/** Kernels that run here: relaxed SIMD is missing in Node 20. */
export const variants = (["simd", "relaxed", "native"] as const).filter(
  (name) =>
    name === "simd" || (name === "relaxed" ? bestVariant() === "relaxed" : blas !== undefined),
);

export async function useKernels(variant: (typeof variants)[number]): Promise<() => void> {
  tf.enableProdMode();
  await tf.setBackend("wasm");
  const installed = await installKernels(variant === "native" ? { blas: blas! } : { variant });
  if (installed === undefined) throw new Error("the kernels do not run here");
  return installed.restore;
}

const drawn = Float32Array.from(stream(1, "numbers").normals(1 << 16));

/** Normal numbers around a mean, other ones for another seed. */
export function numbers(size: number, seed: number, mean = 0): Float32Array {
  const first = (seed * 7919) % drawn.length;
  return Float32Array.from({ length: size }, (_, i) => mean + drawn[(first + i) % drawn.length]!);
}

export interface Exact {
  /** Σ of terms, in float64. */
  readonly value: number;
  /** Σ of their absolute values. */
  readonly size: number;
}

/** Largest error of float32 results, relative to the sum of absolute values. */
export function worstError(actual: ArrayLike<number>, exact: (index: number) => Exact): number {
  let worst = 0;
  for (let index = 0; index < actual.length; index++) {
    const { value, size } = exact(index);
    const error = Math.abs(actual[index]! - value);
    // NaN counts as an error; where nothing is added, so does anything else than 0.
    worst = Math.max(
      worst,
      error <= 0 ? 0 : size > 0 ? (Number.isNaN(error) ? Infinity : error / size) : Infinity,
    );
  }
  return worst;
}

/** 0 to n − 1. */
export const range = (n: number) => Array.from({ length: n }, (_, i) => i);

export const full = process.env.EOSS_FULL !== undefined;
