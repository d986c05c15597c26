import { dot } from "./parameters/vectors.js";

/**
 * Eigenvalues of a dense symmetric matrix, descending: Householder reflections to a tridiagonal one,
 * then QL steps with implicit shifts.
 *
 * @see Golub & Van Loan (2013), Matrix Computations, §8.3
 */
export function symmetricEigenvalues(matrix: readonly ArrayLike<number>[]): number[] {
  const { diagonal, beside } = tridiagonal(matrix.map((row) => Float64Array.from(row)));
  const n = diagonal.length;
  for (let l = 0; l < n; l++) {
    for (;;) {
      let m = l;
      while (m < n - 1 && !isNegligible(beside[m]!, diagonal[m]!, diagonal[m + 1]!)) m++;
      if (m === l) break;
      qlStep(diagonal, beside, l, m);
    }
  }
  return [...diagonal].sort((x, y) => y - x);
}

function isNegligible(entry: number, above: number, below: number): boolean {
  return Math.abs(entry) <= Number.EPSILON * (Math.abs(above) + Math.abs(below));
}

/** The matrix is used up. */
function tridiagonal(a: readonly Float64Array[]) {
  const n = a.length;
  const beside = new Float64Array(n);
  for (let k = 0; k < n - 1; k++) {
    const v = Float64Array.from(a, (row, i) => (i > k ? row[k]! : 0));
    const size = Math.hypot(...v);
    beside[k] = v[k + 1]! > 0 ? -size : size;
    v[k + 1]! -= beside[k]!;
    const square = dot(v, v);
    if (square === 0) continue;
    // A ← (I − 2vvᵀ/vᵀv)·A·(I − 2vvᵀ/vᵀv) = A − v·wᵀ − w·vᵀ
    const p = Float64Array.from(a, (row, i) => (i > k ? (2 / square) * dot(row, v) : 0));
    const share = dot(p, v) / square;
    const w = p.map((entry, i) => entry - share * v[i]!);
    for (let i = k + 1; i < n; i++) {
      const row = a[i]!;
      for (let j = k + 1; j < n; j++) row[j]! -= v[i]! * w[j]! + w[i]! * v[j]!;
    }
  }
  return { diagonal: Float64Array.from(a, (row, i) => row[i]!), beside };
}

/** One implicit step on rows l to m. */
function qlStep(d: Float64Array, e: Float64Array, l: number, m: number): void {
  const slope = (d[l + 1]! - d[l]!) / (2 * e[l]!);
  const root = Math.hypot(slope, 1);
  let g = d[m]! - d[l]! + e[l]! / (slope + (slope < 0 ? -root : root));
  let [s, c, p] = [1, 1, 0];
  for (let i = m - 1; i >= l; i--) {
    const [f, b] = [s * e[i]!, c * e[i]!];
    const r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1]! -= p;
      e[m] = 0;
      return;
    }
    [s, c] = [f / r, g / r];
    g = d[i + 1]! - p;
    const t = (d[i]! - g) * s + 2 * c * b;
    p = s * t;
    d[i + 1] = g + p;
    g = c * t - b;
  }
  d[l]! -= p;
  e[l] = g;
  e[m] = 0;
}
