/** A = L·Lᵀ of a positive semi-definite matrix. */
export interface PivotedCholesky {
  /** r, the numerical rank. */
  readonly rank: number;
  /** L, n rows; the first r entries of each count. */
  readonly rows: readonly Float64Array[];
  /** The rows in which L, in this order, is lower triangular, [r]. */
  readonly pivots: readonly number[];
}

/** Of the largest diagonal entry: below it, what is left of a diagonal entry counts as rounding. */
const NEGLIGIBLE = 1e-10;

/**
 * Cholesky factorisation with diagonal pivoting of a matrix that may be singular.
 *
 * What is negligible, or negative where the matrix is indefinite, is left out of L·Lᵀ.
 *
 * @param lower rows of the lower triangle, n rows of at least 1, 2, ..., n entries
 * @see Higham (1990), Analysis of the Cholesky decomposition of a semi-definite matrix
 */
export function pivotedCholesky(lower: readonly Float64Array[]): PivotedCholesky {
  const n = lower.length;
  const rest = lower.map((row, i) => row[i]!);
  const least = NEGLIGIBLE * Math.max(...rest);
  const rows = Array.from({ length: n }, () => new Float64Array(n));
  const pivots: number[] = [];
  while (pivots.length < n) {
    const pivot = rest.indexOf(Math.max(...rest));
    if (!(rest[pivot]! > least)) break;
    const root = Math.sqrt(rest[pivot]!);
    const k = pivots.length;
    pivots.push(pivot);
    const pivotRow = rows[pivot]!;
    pivotRow[k] = root;
    rest[pivot] = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < n; i++) {
      if (rest[i] === Number.NEGATIVE_INFINITY) continue;
      const row = rows[i]!;
      let inner = i > pivot ? lower[i]![pivot]! : lower[pivot]![i]!;
      for (let j = 0; j < k; j++) inner -= row[j]! * pivotRow[j]!;
      row[k] = inner / root;
      rest[i]! -= row[k]! ** 2;
    }
  }
  return { rank: pivots.length, rows, pivots };
}
