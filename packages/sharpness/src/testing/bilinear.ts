// A network whose derivatives are written down by hand, to measure an engine against.
import type { CurvatureKind } from "../loss/engine.js";

/**
 * A network whose derivatives are written down by hand: f(x) = X·(a ∘ b), X the [C × p] input of a
 * sample, squared error. Parameters are a and b, so d = 2p. In float64, without any differentiation.
 */
export interface Bilinear {
  readonly a: readonly number[];
  readonly b: readonly number[];
  /** Inputs, one [C × p] matrix for each sample. */
  readonly x: ReadonlyArray<readonly (readonly number[])[]>;
  /** Targets, [C] for each sample. */
  readonly y: ReadonlyArray<readonly number[]>;
}

export type Matrix = number[][];

/** Multiples of 1/64, so that float32 holds them exactly. */
export const wave = (k: number) => Math.round(64 * Math.sin(1.7 * k * k + 0.3 * k + 1)) / 64;

/** A fixed example: n samples, C outputs, p features. */
export function bilinearExample(n: number, outputs = 2, features = 3): Bilinear {
  const fill = (length: number, from: number) =>
    Array.from({ length }, (_, index) => wave(from + index));
  return {
    a: fill(features, 1).map((value) => value + 0.5),
    b: fill(features, 20),
    x: Array.from({ length: n }, (_, k) =>
      Array.from({ length: outputs }, (_, c) => fill(features, 100 + 17 * k + 5 * c)),
    ),
    y: Array.from({ length: n }, (_, k) => fill(outputs, 900 + 3 * k)),
  };
}

/** f − y of one sample. */
export function residualOf({ a, b, x, y }: Bilinear, k: number): number[] {
  return x[k]!.map((row, c) => row.reduce((sum, v, j) => sum + v * a[j]! * b[j]!, -y[k]![c]!));
}

/** J of one sample, [C × 2p]. */
export function jacobianOf({ a, b, x }: Bilinear, k: number): Matrix {
  return x[k]!.map((row) => [...row.map((v, j) => v * b[j]!), ...row.map((v, j) => v * a[j]!)]);
}

export function sampleLoss(network: Bilinear, k: number): number {
  return residualOf(network, k).reduce((sum, r) => sum + r * r, 0);
}

/** ∇ℓ = 2 Jᵀr. */
export function sampleGradient(network: Bilinear, k: number): number[] {
  const r = residualOf(network, k);
  const rows = jacobianOf(network, k);
  return rows[0]!.map((_, i) => 2 * r.reduce((sum, rc, c) => sum + rc * rows[c]![i]!, 0));
}

/** 2 JᵀJ. */
export function sampleGaussNewton(network: Bilinear, k: number): Matrix {
  const rows = jacobianOf(network, k);
  return rows[0]!.map((_, i) =>
    rows[0]!.map((_, j) => 2 * rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0)),
  );
}

/** 2 JᵀJ + 2 Σ_c r_c ∇²f_c, where ∂²f_c/∂a_j∂b_j = x_cj and all else is zero. */
export function sampleHessian(network: Bilinear, k: number): Matrix {
  const matrix = sampleGaussNewton(network, k);
  const r = residualOf(network, k);
  const p = network.a.length;
  for (let j = 0; j < p; j++) {
    const cross = 2 * r.reduce((sum, rc, c) => sum + rc * network.x[k]![c]![j]!, 0);
    matrix[j]![p + j]! += cross;
    matrix[p + j]![j]! += cross;
  }
  return matrix;
}

/** Mean over some samples of vectors or matrices that each of them has. */
export function meanOver<T extends number | number[] | Matrix>(
  samples: readonly number[],
  of: (k: number) => T,
): T {
  const add = (x: unknown, y: unknown): unknown =>
    Array.isArray(x) ? x.map((v, i) => add(v, (y as unknown[])[i])) : (x as number) + (y as number);
  const divide = (x: unknown): unknown =>
    Array.isArray(x) ? x.map(divide) : (x as number) / samples.length;
  return divide(samples.map(of).reduce((x, y) => add(x, y) as T)) as T;
}

/** All subsets of size b of 0 … n − 1: every batch that can be drawn. */
export function allBatches(n: number, b: number, from = 0): number[][] {
  if (b === 0) return [[]];
  return Array.from({ length: n - from }, (_, i) => from + i).flatMap((first) =>
    allBatches(n, b - 1, first + 1).map((rest) => [first, ...rest]),
  );
}

export const range = (n: number): number[] => Array.from({ length: n }, (_, index) => index);

export function times(matrix: Matrix, x: ArrayLike<number>): number[] {
  return matrix.map((row) => row.reduce((sum, value, j) => sum + value * x[j]!, 0));
}

/** x·yᵀ */
export function outer(x: readonly number[], y: readonly number[]): Matrix {
  return x.map((value) => y.map((other) => value * other));
}

/** A curvature matrix of the mean loss of some samples, by its kind; squared error, so that F = G. */
export function curvatureOf(
  network: Bilinear,
  kind: CurvatureKind,
  samples: readonly number[],
): Matrix {
  return meanOver<Matrix>(samples, (k) => {
    if (kind === "hessian") return sampleHessian(network, k);
    if (kind !== "empirical-fisher") return sampleGaussNewton(network, k);
    return outer(sampleGradient(network, k), sampleGradient(network, k));
  });
}

/** The network at θ = (a, b). */
export function networkAt(network: Bilinear, theta: ArrayLike<number>): Bilinear {
  const p = network.a.length;
  const all = Array.from(theta);
  return { ...network, a: all.slice(0, p), b: all.slice(p) };
}
