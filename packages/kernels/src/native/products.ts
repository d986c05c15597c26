/** Products of matrices in the memory of a backend, made by a BLAS. */

import type { WasmMemory } from "../webAssembly.js";
import type { Blas } from "./blas.js";

/**
 * Terms that the library adds before they go to the result, as the kernels in WebAssembly do: of 3072 equal
 * numbers it would be off by 4e-6 otherwise. It costs up to a tenth of the speed.
 */
const TERMS = 64;

/** C = op(A)·op(B), or added to C, by addresses in the heap; otherwise as `Blas.sgemm`. */
export type HeapProduct = Blas["sgemm"];

export function heapProduct(blas: Blas, memory: WasmMemory): HeapProduct {
  // A heap that grew has a new buffer, and may be elsewhere.
  let buffer: ArrayBufferLike | undefined;
  let base = 0;
  return (turnedA, turnedB, m, n, k, a, pitchA, b, pitchB, accumulate, c, pitchC) => {
    if (m === 0 || n === 0) return;
    if (memory.buffer !== buffer) {
      buffer = memory.buffer;
      base = blas.addressOf(buffer);
    }
    const [stepA, stepB] = [turnedA ? 4 * pitchA : 4, turnedB ? 4 : 4 * pitchB];
    for (let p = 0; p < k; p += TERMS) {
      const terms = Math.min(TERMS, k - p);
      const [left, right] = [base + a + p * stepA, base + b + p * stepB];
      const add = accumulate || p > 0;
      blas.sgemm(turnedA, turnedB, m, n, terms, left, pitchA, right, pitchB, add, base + c, pitchC);
    }
  };
}
