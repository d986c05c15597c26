import { createRandom, type SyncOperator } from "@eoss/eigen";

/** A symmetric matrix with a chosen spectrum, as rows, and its eigenvectors. */
export interface Spectral {
  readonly n: number;
  readonly values: Float64Array;
  readonly vectors: Float64Array[];
  readonly rows: Float64Array[];
  readonly norm: number;
  /** What rounding in building the rows may have moved an eigenvalue by. */
  readonly uncertainty: number;
}

/** Q·diag(values)·Qᵀ with Q a product of random reflections; values in any order. */
export function withSpectrum(values: ArrayLike<number>, seed: number): Spectral {
  const n = values.length;
  const random = createRandom(seed, 77);
  const sorted = Float64Array.from(values).sort().reverse();
  const vectors = Array.from({ length: n }, (_, i) => {
    const v = new Float64Array(n);
    v[i] = 1;
    return v;
  });
  for (let reflection = 0; reflection < Math.min(n, 3); reflection++) {
    const h = unit(Float64Array.from({ length: n }, () => random.normal()));
    for (const v of vectors) {
      const c = 2 * dot(h, v);
      for (let i = 0; i < n; i++) v[i]! -= c * h[i]!;
    }
  }
  const rows = Array.from({ length: n }, () => new Float64Array(n));
  for (const [k, v] of vectors.entries()) {
    for (let i = 0; i < n; i++) {
      const weight = sorted[k]! * v[i]!;
      for (let j = 0; j < n; j++) rows[i]![j]! += weight * v[j]!;
    }
  }
  // Exactly symmetric, so that a departure from symmetry seen by a solver is its own.
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) rows[i]![j] = rows[j]![i]!;
  const norm = sorted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return { n, values: sorted, vectors, rows, norm, uncertainty: 4 * n * Number.EPSILON * norm };
}

/** x ↦ A·x for a matrix given by rows, filling `out`. */
export function denseOperator(rows: readonly ArrayLike<number>[]): SyncOperator {
  return {
    n: rows.length,
    apply(x, out) {
      for (const [i, row] of rows.entries()) out[i] = dot(row, x);
    },
  };
}

/** x ↦ d ⊙ x. */
export function diagonalOperator(d: ArrayLike<number>): SyncOperator {
  return {
    n: d.length,
    apply(x, out) {
      for (let i = 0; i < x.length; i++) out[i] = d[i]! * x[i]!;
    },
  };
}

/** tridiag(−1, 2, −1): eigenvalues 2 − 2cos(jπ/(n + 1)). */
export function laplacian1d(n: number): SyncOperator {
  return {
    n,
    apply(x, out) {
      for (let i = 0; i < n; i++) out[i] = 2 * x[i]! - (x[i - 1] ?? 0) - (x[i + 1] ?? 0);
    },
  };
}

export function dot(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
  return sum;
}

export function norm(x: ArrayLike<number>): number {
  return Math.sqrt(dot(x, x));
}

function unit(x: Float64Array): Float64Array {
  const length = norm(x);
  return x.map((value) => value / length);
}

/** ‖A·v − θ·v‖₂, computed from the operator itself. */
export function trueResidual(operator: SyncOperator, theta: number, v: ArrayLike<number>): number {
  const out = new Float64Array(operator.n);
  const x = Float64Array.from(v);
  const product = operator.apply(x, out) ?? out;
  return norm(product.map((value, i) => value - theta * x[i]!));
}
