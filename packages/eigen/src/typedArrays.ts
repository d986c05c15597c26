import type { Random } from "./random.js";
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
  return {
    epsilon,
    size: (x) => x.length,
    empty,
    assign: (to, from) => to.set(from),
    random: (n, random) => fillNormal(empty(n), random),
    copy(x) {
      const y = empty(x.length);
      y.set(x);
      return y;
    },
    dot: (x, y) => dot(x, y, 0, x.length),
    axpy(a, x, y) {
      for (let i = 0; i < y.length; i++) y[i]! += a * x[i]!;
      return y;
    },
    scale(a, x) {
      for (let i = 0; i < x.length; i++) x[i]! *= a;
      return x;
    },
    release(x) {
      if (pool.length < 4) pool.push(x);
    },
    dots,
    axpys(a, xs, y) {
      for (let from = 0; from < y.length; from += CHUNK) {
        addCombination(a, xs, y, from, Math.min(from + CHUNK, y.length));
      }
      return y;
    },
    rotate,
  };
}

function fillNormal<V extends Floats>(x: V, random: Random): V {
  for (let i = 0; i < x.length; i++) x[i] = random.normal();
  return x;
}

function dot(x: Floats, y: Floats, from: number, to: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = from;
  for (; i + 3 < to; i += 4) {
    s0 += x[i]! * y[i]!;
    s1 += x[i + 1]! * y[i + 1]!;
    s2 += x[i + 2]! * y[i + 2]!;
    s3 += x[i + 3]! * y[i + 3]!;
  }
  for (; i < to; i++) s0 += x[i]! * y[i]!;
  return s0 + s1 + (s2 + s3);
}

function dots(xs: readonly Floats[], y: Floats): Float64Array {
  const sums = new Float64Array(xs.length);
  for (let from = 0; from < y.length; from += CHUNK) {
    const to = Math.min(from + CHUNK, y.length);
    let j = 0;
    for (; j + 3 < xs.length; j += 4) {
      const x0 = xs[j]!;
      const x1 = xs[j + 1]!;
      const x2 = xs[j + 2]!;
      const x3 = xs[j + 3]!;
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
      sums[j]! += s0;
      sums[j + 1]! += s1;
      sums[j + 2]! += s2;
      sums[j + 3]! += s3;
    }
    for (; j < xs.length; j++) sums[j]! += dot(xs[j]!, y, from, to);
  }
  return sums;
}

/** y ← y + Σ aⱼ·xⱼ on the entries from…to. */
function addCombination(
  a: ArrayLike<number>,
  xs: readonly Floats[],
  y: Floats | Float64Array,
  from: number,
  to: number,
  shift = 0,
): void {
  let j = 0;
  for (; j + 3 < xs.length; j += 4) {
    const x0 = xs[j]!;
    const x1 = xs[j + 1]!;
    const x2 = xs[j + 2]!;
    const x3 = xs[j + 3]!;
    const a0 = a[j]!;
    const a1 = a[j + 1]!;
    const a2 = a[j + 2]!;
    const a3 = a[j + 3]!;
    for (let i = from; i < to; i++) {
      y[i - shift]! += a0 * x0[i]! + a1 * x1[i]! + (a2 * x2[i]! + a3 * x3[i]!);
    }
  }
  for (; j < xs.length; j++) {
    const x0 = xs[j]!;
    const a0 = a[j]!;
    for (let i = from; i < to; i++) y[i - shift]! += a0 * x0[i]!;
  }
}

/** In place, chunk by chunk of rows: the k results overwrite the first k vectors. */
function rotate<V extends Floats>(
  xs: readonly V[],
  rows: readonly ArrayLike<number>[],
  k: number,
): V[] {
  const n = xs[0]?.length ?? 0;
  const chunk = Math.min(CHUNK / 8, n);
  const columns = Array.from({ length: k }, (_, c) => Float64Array.from(rows, (row) => row[c]!));
  const results = columns.map(() => new Float64Array(chunk));
  for (let from = 0; from < n; from += chunk) {
    const length = Math.min(chunk, n - from);
    for (const result of results) result.fill(0);
    let c = 0;
    for (; c + 1 < k; c += 2) addTwo(columns, results, c, xs, from, length);
    if (c < k) addCombination(columns[c]!, xs, results[c]!, from, from + length, from);
    for (c = 0; c < k; c++) xs[c]!.set(results[c]!.subarray(0, length), from);
  }
  return xs.slice(0, k);
}

/** Two combinations at once halve the loads of the vectors: rotation is limited by arithmetic. */
function addTwo(
  columns: readonly Float64Array[],
  results: readonly Float64Array[],
  c: number,
  xs: readonly Floats[],
  from: number,
  length: number,
): void {
  const a = columns[c]!;
  const b = columns[c + 1]!;
  const y = results[c]!;
  const z = results[c + 1]!;
  let j = 0;
  for (; j + 3 < xs.length; j += 4) {
    const x0 = xs[j]!;
    const x1 = xs[j + 1]!;
    const x2 = xs[j + 2]!;
    const x3 = xs[j + 3]!;
    const a0 = a[j]!;
    const a1 = a[j + 1]!;
    const a2 = a[j + 2]!;
    const a3 = a[j + 3]!;
    const b0 = b[j]!;
    const b1 = b[j + 1]!;
    const b2 = b[j + 2]!;
    const b3 = b[j + 3]!;
    for (let i = 0; i < length; i++) {
      const p = x0[from + i]!;
      const q = x1[from + i]!;
      const r = x2[from + i]!;
      const s = x3[from + i]!;
      y[i]! += a0 * p + a1 * q + (a2 * r + a3 * s);
      z[i]! += b0 * p + b1 * q + (b2 * r + b3 * s);
    }
  }
  for (; j < xs.length; j++) {
    const x0 = xs[j]!;
    for (let i = 0; i < length; i++) {
      y[i]! += a[j]! * x0[from + i]!;
      z[i]! += b[j]! * x0[from + i]!;
    }
  }
}
