/** Typed arrays as vectors, with fused loops. */

import type { VectorSpace } from "./space.js";

type Floats = Float64Array | Float32Array;

/** Entries of a vector that are worked on at a time: long enough to stream, short enough for L2. */
const CHUNK = 8192;

/**
 * Typed arrays as a vector space, with every loop fused over four vectors at a time: at n = 10⁶
 * a solver is limited by memory bandwidth, so what counts is how often a vector is read.
 */
export function typedArraySpace<V extends Floats>(
  Type: new (n: number) => V,
  epsilon: number,
): VectorSpace<V> {
  const pool: V[] = [];
  const empty = (n: number): V => {
    const reused = pool.pop();
    return reused?.length === n ? reused : new Type(n);
  };
  const release = (x: V): void => {
    if (pool.length < 4) pool.push(x);
  };
  return {
    epsilon,
    size: (x) => x.length,
    empty,
    assign: (to, from) => to.set(from),
    random(n, random) {
      const x = empty(n);
      for (let i = 0; i < n; i++) x[i] = random.normal();
      return x;
    },
    copy(x) {
      const y = empty(x.length);
      y.set(x);
      return y;
    },
    dot,
    axpy(a, x, y) {
      for (let i = 0; i < y.length; i++) y[i]! += a * x[i]!;
      return y;
    },
    scale(a, x) {
      for (let i = 0; i < x.length; i++) x[i]! *= a;
      return x;
    },
    release,
    dots,
    axpys(a, xs, y) {
      for (let from = 0; from < y.length; from += CHUNK) {
        addCombination(a, xs, y, from, Math.min(from + CHUNK, y.length));
      }
      return y;
    },
    rotate(xs, rows, k) {
      rotate(xs, rows, k);
      for (const x of xs.slice(k)) release(x);
      return xs.slice(0, k);
    },
  };
}

function dot(x: Floats, y: Floats): number {
  let s0 = 0;
  let s1 = 0;
  // Two sums, because each addition has to wait for the one before it.
  for (let i = 0; i < x.length; i += 2) {
    s0 += x[i]! * y[i]!;
    s1 += (x[i + 1] ?? 0) * (y[i + 1] ?? 0);
  }
  return s0 + s1;
}

/**
 * All xⱼᵀy. Four vectors share each load of y; where fewer are left, the first stands in for the
 * missing ones, which costs arithmetic only.
 */
function dots(xs: readonly Floats[], y: Floats): Float64Array {
  const sums = new Float64Array(xs.length);
  for (let from = 0; from < y.length; from += CHUNK) {
    const to = Math.min(from + CHUNK, y.length);
    for (let j = 0; j < xs.length; j += 4) {
      const x0 = xs[j]!;
      const x1 = xs[j + 1] ?? x0;
      const x2 = xs[j + 2] ?? x0;
      const x3 = xs[j + 3] ?? x0;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let i = from; i < to; i++) {
        const value = y[i]!;
        s0 += x0[i]! * value;
        s1 += x1[i]! * value;
        s2 += x2[i]! * value;
        s3 += x3[i]! * value;
      }
      // Writing past the end of a typed array does nothing.
      sums[j]! += s0;
      sums[j + 1]! += s1;
      sums[j + 2]! += s2;
      sums[j + 3]! += s3;
    }
  }
  return sums;
}

/** y += Σ aⱼ·xⱼ on the entries from…to. */
function addCombination(
  a: ArrayLike<number>,
  xs: readonly Floats[],
  y: Floats,
  from: number,
  to: number,
): void {
  for (let j = 0; j < xs.length; j += 4) {
    const x0 = xs[j]!;
    const x1 = xs[j + 1] ?? x0;
    const x2 = xs[j + 2] ?? x0;
    const x3 = xs[j + 3] ?? x0;
    const a0 = a[j]!;
    const a1 = a[j + 1] ?? 0;
    const a2 = a[j + 2] ?? 0;
    const a3 = a[j + 3] ?? 0;
    for (let i = from; i < to; i++) {
      y[i]! += a0 * x0[i]! + a1 * x1[i]! + (a2 * x2[i]! + a3 * x3[i]!);
    }
  }
}

/**
 * In place, chunk by chunk of rows: the k results overwrite the first k vectors. Limited by
 * arithmetic and not by memory, so two results share each load.
 */
function rotate<V extends Floats>(
  xs: readonly V[],
  rows: readonly ArrayLike<number>[],
  k: number,
): void {
  const n = xs[0]!.length;
  const chunk = CHUNK / 8;
  const results = Array.from({ length: k + 1 }, () => new Float64Array(chunk));
  for (let from = 0; from < n; from += chunk) {
    const length = Math.min(chunk, n - from);
    for (let c = 0; c < k; c += 2) {
      const y = results[c]!.fill(0);
      const z = results[c + 1]!.fill(0);
      for (let j = 0; j < xs.length; j += 2) {
        const x0 = xs[j]!;
        const x1 = xs[j + 1] ?? x0;
        const a0 = rows[j]![c]!;
        const b0 = rows[j]![c + 1] ?? 0;
        const a1 = rows[j + 1]?.[c] ?? 0;
        const b1 = rows[j + 1]?.[c + 1] ?? 0;
        for (let i = 0; i < length; i++) {
          const p = x0[from + i]!;
          const q = x1[from + i]!;
          y[i]! += a0 * p + a1 * q;
          z[i]! += b0 * p + b1 * q;
        }
      }
    }
    for (let c = 0; c < k; c++) xs[c]!.set(results[c]!.subarray(0, length), from);
  }
}
