import { symmetricEigen } from "@eoss/eigen";
import { mse } from "@eoss/hvp";
import { type Params, rmsprop } from "@eoss/sgd";
import type { Problem, SampleSet } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";

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
const wave = (k: number) => Math.round(64 * Math.sin(1.7 * k * k + 0.3 * k + 1)) / 64;

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

/** The same as a problem, with outputs and loss head. */
export function bilinearProblem(network: Bilinear, batchSize: number): Problem {
  return {
    params: { a: tf.tensor1d([...network.a]), b: tf.tensor1d([...network.b]) },
    batchSize,
    head: mse,
    ...bilinearSamples(network),
  };
}

function bilinearSamples({ x, y }: Bilinear): SampleSet {
  const outputsOf = (indices: Int32Array) => (p: { a: tf.Tensor; b: tf.Tensor }) => {
    const inputs = tf.tensor3d(Array.from(indices, (k) => x[k]!.map((row) => [...row])));
    return tf.sum(tf.mul(inputs, tf.mul(p.a, p.b)), -1);
  };
  const targetsOf = (indices: Int32Array) => tf.tensor2d(Array.from(indices, (k) => [...y[k]!]));
  return {
    samples: y.length,
    outputsOf,
    targetsOf,
    lossOf: (indices) => (p) => mse(outputsOf(indices)(p), targetsOf(indices)),
  };
}

/** f − y of one sample. */
function residual({ a, b, x, y }: Bilinear, k: number): number[] {
  return x[k]!.map((row, c) => row.reduce((sum, v, j) => sum + v * a[j]! * b[j]!, -y[k]![c]!));
}

/** J of one sample, [C × 2p]. */
export function jacobianOf({ a, b, x }: Bilinear, k: number): Matrix {
  return x[k]!.map((row) => [...row.map((v, j) => v * b[j]!), ...row.map((v, j) => v * a[j]!)]);
}

export function sampleLoss(network: Bilinear, k: number): number {
  return residual(network, k).reduce((sum, r) => sum + r * r, 0);
}

/** ∇ℓ = 2 Jᵀr. */
export function sampleGradient(network: Bilinear, k: number): number[] {
  const r = residual(network, k);
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
  const r = residual(network, k);
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

/** Eigenvalues of a symmetric matrix, descending. */
export function eigenvalues(matrix: Matrix): number[] {
  return [...symmetricEigen(matrix).values];
}

/** The problem with everything that any quantity needs. */
export function completeProblem(network: Bilinear, batchSize: number): Problem {
  const problem = bilinearProblem(network, batchSize);
  const { a, b } = network;
  return {
    ...problem,
    heldOut: bilinearSamples(bilinearExample(5, network.y[0]!.length, a.length)),
    stepBatch: Int32Array.from(range(batchSize), (k) => network.y.length - 1 - k),
    update: {
      learningRate: 0.1,
      optimizer: rmsprop,
      state: {
        step: 3,
        start: 0,
        params: problem.params as Params,
        slots: { meanSquare: { a: squares(a.length, 40), b: squares(b.length, 60) } },
      },
    },
    initialParams: {
      a: tf.tensor1d(a.map((value) => value + 0.25)),
      b: tf.tensor1d(b.map((value) => value - 0.5)),
    },
  };
}

const squares = (length: number, from: number) =>
  tf.tensor1d(Array.from({ length }, (_, index) => 0.05 + wave(from + index) ** 2));

/** Disposes all tensors of such a problem. */
export function disposeProblem({ params, initialParams, update }: Problem): void {
  tf.dispose([params, initialParams ?? {}, update?.state.slots ?? {}] as tf.TensorContainer);
}

export const dot = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
  Array.from(x).reduce((sum, value, i) => sum + value * y[i]!, 0);

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, x) => sum + x, 0) / values.length;

/** The top eigenvector of a symmetric matrix. */
export function topVector(matrix: Matrix): Float64Array {
  return symmetricEigen(matrix).vectors[0]!;
}

/** How many standard errors a measured mean lies from where it should. */
export function zScore(
  { value, standardError }: { readonly value: number; readonly standardError?: number },
  exact: number,
): number {
  return Math.abs(value - exact) / standardError!;
}

/** x·yᵀ */
export function outer(x: readonly number[], y: readonly number[]): Matrix {
  return x.map((value) => y.map((other) => value * other));
}

export function combine(x: Matrix, y: Matrix, of: (a: number, b: number) => number): Matrix {
  return x.map((row, i) => row.map((value, j) => of(value, y[i]![j]!)));
}

/** x·y */
export function product(x: Matrix, y: Matrix): Matrix {
  return x.map((row) => y[0]!.map((_, j) => row.reduce((sum, v, k) => sum + v * y[k]![j]!, 0)));
}
