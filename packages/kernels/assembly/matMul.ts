/** Products of matrices in blocks that stay in the caches. */

import { packLeft, packRight } from "./pack";
import { block } from "./tile";

/** Terms, rows and columns of a block. */
export const KC: i32 = 256;
export const MC: i32 = 128;
export const NC: i32 = 1024;
/** Columns that are packed at a time where the rows are one block: they are used while in the first cache. */
const FEW: i32 = 16;

/** Bytes that a product needs besides its operands. */
export function scratchBytes(): i32 {
  return (MC * KC + KC * NC + 64 + 4 * KC) << 2;
}

@inline
export function least(a: i32, b: i32): i32 {
  return a < b ? a : b;
}

/**
 * C = op(A)·op(B), or added to C. Pitches are numbers of entries from one row to the next.
 *
 * @param scratch of `scratchBytes`, at a multiple of 16
 */
export function matMul(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  pitchA: i32,
  turnedA: bool,
  b: usize,
  pitchB: i32,
  turnedB: bool,
  c: usize,
  pitchC: i32,
  accumulate: bool,
  scratch: usize,
): void {
  const left = scratch;
  const right = left + (MC * KC << 2);
  const spare = right + (KC * NC << 2);
  const pa = <usize>pitchA << 2;
  const pb = <usize>pitchB << 2;
  const pc = <usize>pitchC << 2;
  const nc = m > MC ? NC : FEW;
  for (let p = 0; p < k; p += KC) {
    const kc = least(KC, k - p);
    const ap = a + (turnedA ? <usize>p * pa : <usize>p << 2);
    const bp = b + (turnedB ? <usize>p << 2 : <usize>p * pb);
    if (m <= MC) packLeft(ap, pa, turnedA, m, kc, left);
    for (let j = 0; j < n; j += nc) {
      const columns = least(nc, n - j);
      packRight(bp + (turnedB ? <usize>j * pb : <usize>j << 2), pb, turnedB, kc, columns, right, 0, kc);
      for (let i = 0; i < m; i += MC) {
        const rows = least(MC, m - i);
        if (m > MC) packLeft(ap + (turnedA ? <usize>i << 2 : <usize>i * pa), pa, turnedA, rows, kc, left);
        const to = c + <usize>i * pc + (<usize>j << 2);
        block(rows, columns, kc, left, right, spare, to, pc, accumulate || p > 0);
      }
    }
  }
}
