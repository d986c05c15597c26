/** Real Schur form of small dense matrices. */

import { check, EigenError } from "../solver/error.js";
import { type DenseMatrix, identity } from "./symmetric.js";

/** A = Q·T·Qᵀ with Q orthogonal and T upper triangular but for 2 × 2 blocks of complex pairs. */
export interface Schur {
  /** n rows of n; a block of two has one complex conjugate pair of eigenvalues. */
  readonly t: Float64Array[];
  /** n rows of n. */
  readonly q: Float64Array[];
  /** Eigenvalues re + i·im in the order of the diagonal of T, [n]; of a pair, im > 0 first. */
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** Steps for one eigenvalue before giving up; ten are usual at most. */
const MAX_STEPS = 100;

/**
 * Real Schur form of a small square matrix, in O(n³): all eigenvalues, complex ones in exact pairs.
 *
 * Backward stable: T and Q are those of A + E with ‖E‖ of the order of rounding. Eigenvalues of a
 * matrix far from normal may move by much more than ‖E‖.
 *
 * @param matrix n rows of n numbers
 * @throws EigenError "size-mismatch" if it is not square, "not-finite" on NaN or infinity
 * @see Francis (1961); Golub & Van Loan (2013), Matrix Computations, §7.4–7.5
 * @example
 * schur([[0, -1], [1, 0]]).im // Float64Array [1, -1]
 */
export function schur(matrix: DenseMatrix): Schur {
  const n = matrix.length;
  check(n > 0, "the matrix is empty");
  const t = matrix.map((row) => Float64Array.from(row));
  if (t.some((row) => row.length !== n)) {
    throw new EigenError("size-mismatch", `expected ${n} rows of length ${n}`);
  }
  if (!t.every((row) => row.every(Number.isFinite))) {
    throw new EigenError("not-finite", "the matrix holds NaN or infinity");
  }
  // Squares of the entries stay in range.
  const size = largestOf(t);
  const unit = size > 0 ? 2 ** -Math.ceil(Math.log2(size)) : 1;
  for (const row of t) for (let j = 0; j < n; j++) row[j]! *= unit;
  const q = identity(n);
  // Hessenberg form.
  for (let j = 0; j < n - 2; j++) {
    const below = t.slice(j + 1).map((row) => row[j]!);
    reflect(t, q, j + 1, reflection(below));
    for (let i = j + 2; i < n; i++) t[i]![j] = 0;
  }
  let steps = 0;
  for (let hi = n - 1; hi > 0; ) {
    let lo = hi;
    while (lo > 0 && !splits(t, lo)) lo--;
    if (lo < hi - 1) {
      if (++steps > MAX_STEPS) throw new EigenError("no-result", "QR iterations do not converge");
      francis(t, q, lo, hi, steps);
      continue;
    }
    if (lo === hi - 1) standardize(t, q, lo);
    hi = lo - 1;
    steps = 0;
  }
  for (const row of t) for (let j = 0; j < n; j++) row[j]! /= unit;
  return { t, q, ...eigenvalues(t) };
}

const largestOf = (rows: readonly Float64Array[]): number =>
  Math.max(...rows.map((row) => Math.max(...row.map(Math.abs))));

/** Sets an entry below the diagonal to 0 if it is rounding beside its neighbours. */
function splits(t: Float64Array[], i: number): boolean {
  const beside = Math.abs(t[i - 1]![i - 1]!) + Math.abs(t[i]![i]!);
  // All entries are at most 1.
  if (Math.abs(t[i]![i - 1]!) > Number.EPSILON * (beside || 1)) return false;
  t[i]![i - 1] = 0;
  return true;
}

/**
 * One double step on rows lo … hi: (H − s₁)·(H − s₂) with the eigenvalues of its last block.
 *
 * Of that product's first column only differences of entries are taken: near a multiple of I, all else
 * would be rounding.
 */
function francis(t: Float64Array[], q: Float64Array[], lo: number, hi: number, steps: number) {
  const at = (i: number, j: number) => t[i]![j]!;
  let [x, y, w] = [at(hi, hi), at(hi - 1, hi - 1), at(hi, hi - 1) * at(hi - 1, hi)];
  if (steps % 10 === 0) {
    // Where shifts go round in circles, any others break the circle.
    const s = Math.abs(at(hi, hi - 1)) + Math.abs(at(hi - 1, hi - 2));
    x = y = at(hi, hi) + 0.75 * s;
    w = -0.4375 * s * s;
  }
  const z = at(lo, lo);
  let first = [
    ((x - z) * (y - z) - w) / at(lo + 1, lo) + at(lo, lo + 1),
    at(lo + 1, lo + 1) - z - (x - z) - (y - z),
    at(lo + 2, lo + 1),
  ];
  for (let k = lo; k < hi; k++) {
    reflect(t, q, k, reflection(first));
    if (k > lo) for (let i = k + 1; i <= Math.min(k + 2, hi); i++) t[i]![k - 1] = 0;
    first = [];
    for (let i = k + 1; i <= Math.min(k + 3, hi); i++) first.push(at(i, k));
  }
}

/** A 2 × 2 block with real eigenvalues becomes triangular. */
function standardize(t: Float64Array[], q: Float64Array[], k: number): void {
  const [a, b, c, d] = blockAt(t, k);
  const half = (a - d) / 2;
  const square = half * half + b * c;
  if (square < 0 || c === 0) return;
  // The eigenvector of the eigenvalue that has no cancellation.
  const root = half + (half < 0 ? -1 : 1) * Math.sqrt(square);
  reflect(t, q, k, reflection([root, c]));
  t[k + 1]![k] = 0;
}

const blockAt = (t: readonly Float64Array[], k: number) =>
  [t[k]![k]!, t[k]![k + 1]!, t[k + 1]![k]!, t[k + 1]![k + 1]!] as const;

/** Whether a block of two begins here. */
const isPair = (t: readonly Float64Array[], k: number) => k + 1 < t.length && t[k + 1]![k] !== 0;

function eigenvalues(t: readonly Float64Array[]): { re: Float64Array; im: Float64Array } {
  const re = Float64Array.from(t, (row, i) => row[i]!);
  const im = new Float64Array(t.length);
  for (let k = 0; k < t.length; k++) {
    if (!isPair(t, k)) continue;
    const [a, b, c, d] = blockAt(t, k);
    const half = (a - d) / 2;
    re[k] = re[k + 1] = a - half;
    const size = Math.max(Math.abs(b), Math.abs(c));
    im[k] = size * Math.sqrt(Math.max(0, -((half / size) ** 2 + (b / size) * (c / size))));
    im[k + 1] = -im[k]!;
    k++;
  }
  return { re, im };
}

/** I − weight·v·vᵀ, a reflection. */
interface Reflection {
  readonly v: Float64Array;
  readonly weight: number;
}

/** The reflection that turns x into a multiple of e₁. */
function reflection(x: ArrayLike<number>): Reflection {
  const v = Float64Array.from(x);
  const largest = largestOf([v]);
  if (!v.subarray(1).some((value) => value !== 0)) return { v, weight: 0 };
  let square = 0;
  for (let i = 0; i < v.length; i++) square += (v[i]! /= largest) ** 2;
  const norm = Math.sqrt(square);
  v[0]! += v[0]! < 0 ? -norm : norm;
  return { v, weight: 1 / (norm * Math.abs(v[0]!)) }; // 2 / vᵀv
}

/** x ← P·x on its entries from k on. */
function mirror(x: Float64Array, k: number, { v, weight }: Reflection): void {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i]! * x[k + i]!;
  for (let i = 0; i < v.length; i++) x[k + i]! -= weight * sum * v[i]!;
}

/** T ← P·T·P, Q ← Q·P with the reflection P of rows k, k + 1, …; zeros stay only where they are set. */
function reflect(t: Float64Array[], q: Float64Array[], k: number, p: Reflection): void {
  if (p.weight === 0) return;
  const { v, weight } = p;
  for (let c = 0; c < t.length; c++) {
    let sum = 0;
    for (let i = 0; i < v.length; i++) sum += v[i]! * t[k + i]![c]!;
    for (let i = 0; i < v.length; i++) t[k + i]![c]! -= weight * sum * v[i]!;
  }
  for (const row of t) mirror(row, k, p);
  for (const row of q) mirror(row, k, p);
}

/**
 * The same form with the chosen eigenvalues first, so that the first columns of Q span their
 * invariant subspace. Both of a complex pair are chosen, or neither.
 *
 * @see Bai & Demmel (1993), On swapping diagonal blocks in real Schur form
 */
export function reorder({ t: before, q: basis }: Schur, chosen: readonly boolean[]): Schur {
  const t = before.map((row) => row.slice());
  const q = basis.map((row) => row.slice());
  const flags = [...chosen];
  let front = 0;
  for (let k = 0; k < t.length; ) {
    const size = isPair(t, k) ? 2 : 1;
    if (flags[k]) {
      for (let at = k; at > front; ) {
        const other = at >= 2 && isPair(t, at - 2) ? 2 : 1;
        swap(t, q, at - other, other, size);
        at -= other;
      }
      flags.splice(k, size);
      flags.splice(front, 0, ...Array(size).fill(true));
      front += size;
    }
    k += size;
  }
  return { t, q, ...eigenvalues(t) };
}

/** Exchanges the block of size p at k and the one of size r behind it. */
function swap(t: Float64Array[], q: Float64Array[], k: number, p: number, r: number): void {
  // A·X − X·B = C: then the columns of [−X; I] span the invariant subspace of B.
  const unknowns = p * r;
  const system = Array.from({ length: unknowns }, (_, row) => {
    const [i, j] = [Math.floor(row / r), row % r];
    const equation = new Float64Array(unknowns + 1);
    for (let l = 0; l < p; l++) equation[l * r + j]! += t[k + i]![k + l]!;
    for (let l = 0; l < r; l++) equation[i * r + l]! -= t[k + p + l]![k + p + j]!;
    equation[unknowns] = t[k + i]![k + p + j]!;
    return equation;
  });
  const x = eliminate(system);
  const columns = Array.from({ length: r }, (_, j) =>
    Float64Array.from({ length: p + r }, (__, i) => (i < p ? -x[i * r + j]! : i - p === j ? 1 : 0)),
  );
  for (let j = 0; j < r; j++) {
    const turn = reflection(columns[j]!.slice(j));
    reflect(t, q, k + j, turn);
    for (const other of columns.slice(j + 1)) mirror(other, j, turn);
  }
  for (let i = r; i < p + r; i++) for (let j = 0; j < r; j++) t[k + i]![k + j] = 0;
  if (r === 2) standardize(t, q, k);
  if (p === 2) standardize(t, q, k + r);
}

/** The solution of a small linear system, given as rows with the right-hand side at their end. */
function eliminate(system: Float64Array[]): Float64Array {
  const n = system.length;
  const floor = Number.EPSILON * largestOf(system);
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let i = c + 1; i < n; i++) {
      if (Math.abs(system[i]![c]!) > Math.abs(system[pivot]![c]!)) pivot = i;
    }
    [system[c], system[pivot]] = [system[pivot]!, system[c]!];
    const row = system[c]!;
    // Blocks with a common eigenvalue: a solution of rounding size does as well as any.
    if (Math.abs(row[c]!) <= floor) row[c] = floor || 1;
    for (let i = c + 1; i < n; i++) {
      const factor = system[i]![c]! / row[c]!;
      for (let j = c; j <= n; j++) system[i]![j]! -= factor * row[j]!;
    }
  }
  const x = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) {
    let rest = system[i]![n]!;
    for (let j = i + 1; j < n; j++) rest -= system[i]![j]! * x[j]!;
    x[i] = rest / system[i]![i]!;
  }
  return x;
}

type Complex = readonly [re: number, im: number];

const times = ([a, b]: Complex, [c, d]: Complex): Complex => [a * c - b * d, a * d + b * c];
const minus = ([a, b]: Complex, [c, d]: Complex): Complex => [a - c, b - d];
/** a/b, with |b| taken for at least `least`. */
function over(a: Complex, [c, d]: Complex, least: number): Complex {
  const size = Math.hypot(c, d);
  if (size < least) return [a[0] / least, a[1] / least];
  const [x, y] = times(a, [c / size, -d / size]);
  return [x / size, y / size];
}

/**
 * Unit eigenvector of A of the eigenvalue at place i of a Schur form, by back substitution. Real
 * eigenvalues have real vectors; those of a defective eigenvalue come out almost parallel.
 *
 * @param i the first place of a complex pair: for the eigenvalue with im > 0
 */
export function schurVector(
  { t: given, q, re, im }: Schur,
  i: number,
): { re: Float64Array; im: Float64Array } {
  const n = given.length;
  const size = largestOf(given) || 1;
  const t = given.map((row) => row.map((value) => value / size));
  const lambda: Complex = [re[i]! / size, im[i]! / size];
  const least = Number.EPSILON;
  const x: Complex[] = Array.from({ length: n }, () => [0, 0]);
  const shifted = (k: number): Complex => minus([t[k]![k]!, 0], lambda);
  if (isPair(t, i)) {
    x[i] = [t[i]![i + 1]!, 0];
    x[i + 1] = minus(lambda, [t[i]![i]!, 0]);
  } else x[i] = [1, 0];
  const rest = (k: number, from: number): Complex => {
    let [a, b] = [0, 0];
    for (let c = from; c < n; c++) {
      a -= t[k]![c]! * x[c]![0];
      b -= t[k]![c]! * x[c]![1];
    }
    return [a, b];
  };
  for (let k = i - 1; k >= 0; k--) {
    if (k > 0 && isPair(t, k - 1)) {
      const [, b, c] = blockAt(t, k - 1);
      const [first, second] = [rest(k - 1, k + 1), rest(k, k + 1)];
      const [p, s] = [shifted(k - 1), shifted(k)];
      const det = minus(times(p, s), [b * c, 0]);
      const floor = least * Math.max(Math.abs(b), Math.abs(c), least);
      x[k - 1] = over(minus(times(first, s), times([b, 0], second)), det, floor);
      x[k] = over(minus(times(p, second), times([c, 0], first)), det, floor);
      k--;
    } else x[k] = over(rest(k, k + 1), shifted(k), least);
    const largest = Math.hypot(...x[k]!);
    if (largest > 1e100)
      for (let c = 0; c < n; c++) x[c] = [x[c]![0] / largest, x[c]![1] / largest];
  }
  const turn = (part: 0 | 1) =>
    Float64Array.from(q, (row) => row.reduce((sum, v, c) => sum + v * x[c]![part], 0));
  const [a, b] = [turn(0), turn(1)];
  const norm = Math.hypot(...a, ...b);
  return { re: a.map((v) => v / norm), im: b.map((v) => v / norm) };
}
