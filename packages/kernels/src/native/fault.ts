/** A look at a library before its products are used. */

import type { Blas } from "./blas.js";

/**
 * What is wrong with products of a library: with small ones in all flags whose entries are integers, that are
 * exact in float32, with what is added to them, and with 0·∞, which a library that skips zeros would lose.
 *
 * @returns undefined where nothing is
 */
export function fault(blas: Blas): string | undefined {
  const [m, n, k] = [5, 3, 4];
  const numbers = new Float32Array(m * k + k * n + m * n);
  const base = blas.addressOf(numbers.buffer);
  const [b, c] = [m * k, m * k + k * n];
  for (const turnedA of [false, true]) {
    for (const turnedB of [false, true]) {
      for (const [start, accumulate] of [[Number.NaN, false] as const, [7, true] as const]) {
        for (let i = 0; i < c; i++) numbers[i] = ((5 * i) % 11) - 4;
        numbers.fill(start, c);
        const pitches = [turnedA ? m : k, turnedB ? k : n] as const;
        const [atB, atC] = [base + 4 * b, base + 4 * c];
        blas.sgemm(
          turnedA,
          turnedB,
          m,
          n,
          k,
          base,
          pitches[0],
          atB,
          pitches[1],
          accumulate,
          atC,
          n,
        );
        for (let i = 0; i < m; i++) {
          for (let j = 0; j < n; j++) {
            let sum = accumulate ? start : 0;
            for (let p = 0; p < k; p++) {
              const x = numbers[turnedA ? p * m + i : i * k + p]!;
              sum += x * numbers[b + (turnedB ? j * k + p : p * n + j)]!;
            }
            const found = numbers[c + i * n + j];
            if (found !== sum) return `an entry of a product is ${found} in place of ${sum}`;
          }
        }
      }
    }
  }
  numbers.fill(0, 0, b);
  numbers.fill(Infinity, b, c);
  blas.sgemm(false, false, m, n, k, base, k, base + 4 * b, n, false, base + 4 * c, n);
  if (!numbers.subarray(c).every(Number.isNaN)) return "0·∞ gives a number, so NaN would get lost";
  return undefined;
}
