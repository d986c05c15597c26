/** What is left of the matrix off its diagonal, relative to its norm: more than the error of a value. */
const TOLERANCE = 1e-8;

/**
 * Eigenvalues of a dense symmetric matrix by cyclic Jacobi rotations, descending.
 *
 * @see Golub & Van Loan (2013), Matrix Computations, §8.5
 */
export function symmetricEigenvalues(matrix: readonly ArrayLike<number>[]): number[] {
  const a = matrix.map((row) => Float64Array.from(row));
  const n = a.length;
  const size = Math.hypot(...a.map((row) => Math.hypot(...row)));
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const entry = a[p]![q]!;
        off += 2 * entry ** 2;
        if (Math.abs(entry) > (TOLERANCE / n) * size) rotate(a, p, q);
      }
    }
    if (Math.sqrt(off) <= TOLERANCE * size) break;
  }
  return a.map((row, i) => row[i]!).sort((x, y) => y - x);
}

/** Makes entry (p, q) zero. */
function rotate(a: readonly Float64Array[], p: number, q: number): void {
  const [rowP, rowQ] = [a[p]!, a[q]!];
  const tau = (rowQ[q]! - rowP[p]!) / (2 * rowP[q]!);
  const t = (tau < 0 ? -1 : 1) / (Math.abs(tau) + Math.hypot(1, tau));
  const c = 1 / Math.hypot(1, t);
  const s = t * c;
  for (const row of a) {
    const [x, y] = [row[p]!, row[q]!];
    row[p] = c * x - s * y;
    row[q] = s * x + c * y;
  }
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [rowP[k]!, rowQ[k]!];
    rowP[k] = c * x - s * y;
    rowQ[k] = s * x + c * y;
  }
}
