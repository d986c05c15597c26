/** Dense covariances, as lists of rows, by their definitions. */
export type Matrix = number[][];

/** The covariance of batch gradients: every batch there is, each as likely as any other. */
export function enumeratedCovariance(
  gradients: readonly (readonly number[])[],
  batches: Iterable<readonly number[]>,
): Matrix {
  const d = gradients[0]!.length;
  const means: number[][] = [];
  for (const batch of batches) {
    const sum = new Array<number>(d).fill(0);
    for (const i of batch) for (let j = 0; j < d; j++) sum[j]! += gradients[i]![j]! / batch.length;
    means.push(sum);
  }
  return covarianceOf(means);
}

/** 1/N · Σ (x − x̄)(x − x̄)ᵀ */
export function covarianceOf(vectors: readonly (readonly number[])[]): Matrix {
  const d = vectors[0]!.length;
  const n = vectors.length;
  const mean = Array.from({ length: d }, (_, j) => vectors.reduce((s, x) => s + x[j]! / n, 0));
  return outerProducts(vectors.map((x) => x.map((value, j) => value - mean[j]!))).map((row) =>
    row.map((value) => value / n),
  );
}

/** Σ x·xᵀ over the vectors. */
export function outerProducts(vectors: readonly (readonly number[])[]): Matrix {
  const d = vectors[0]!.length;
  return Array.from({ length: d }, (_, j) =>
    Array.from({ length: d }, (_, k) => vectors.reduce((s, x) => s + x[j]! * x[k]!, 0)),
  );
}

export function diagonalMatrix(values: readonly number[]): Matrix {
  return values.map((value, j) => values.map((_, k) => (j === k ? value : 0)));
}

export const diagonalOf = (matrix: Matrix) => matrix.map((row, j) => row[j]!);

export const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

/** All b-subsets of 0 … n−1. */
export function* subsets(n: number, b: number, first = 0): Generator<number[]> {
  if (b === 0) return yield [];
  for (let i = first; i <= n - b; i++)
    for (const rest of subsets(n, b - 1, i + 1)) yield [i, ...rest];
}

/** All sequences of b members of 0 … n−1. */
export function* sequences(n: number, b: number): Generator<number[]> {
  if (b === 0) return yield [];
  for (let i = 0; i < n; i++) for (const rest of sequences(n, b - 1)) yield [i, ...rest];
}
