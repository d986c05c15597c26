/** Gradients of which all singular values are made equal. */

import {
  add,
  div,
  matMul,
  mul,
  reshape,
  type Tensor,
  type Tensor2D,
  tensor,
  tidy,
  transpose,
} from "@tensorflow/tfjs-core";
import { normOf } from "./norms.js";

/** The coefficients of Jordan's quintic, whose iterates end between 0.7 and 1.2, and not at 1. */
const QUINTIC = [3.4445, -4.775, 2.0315] as const;
const NORM_EPSILON = 1e-7;
/** Of ‖·‖∞-like sizes of float32: singular values below are rounding. */
const EPSILON32 = 2 ** -23;
const SWEEPS = 60;

/**
 * A parameter as the matrix [inputs, outputs] that it multiplies with: a bias is one of a constant input,
 * [1, outputs], and the kernel of a convolution [height·width·inputs, outputs].
 */
export function matrixShape(shape: readonly number[]): [number, number] {
  const outputs = shape.at(-1) ?? 1;
  return [shape.reduce((product, n) => product * n, 1) / outputs, outputs];
}

/**
 * The Newton–Schulz iteration of Muon: X ← aX + (bA + cA²)X with A = XXᵀ, from X = G/(‖G‖ + 1e-7).
 *
 * @returns shaped like G, about UVᵀ of G = UΣVᵀ
 * @see Jordan et al. (2024), Muon: an optimizer for hidden layers in neural networks
 */
export function newtonSchulz(gradient: Tensor, iterations: number): Tensor {
  const [rows, columns] = matrixShape(gradient.shape);
  const [a, b, c] = QUINTIC;
  return tidy(() => {
    const matrix = reshape(gradient, [rows, columns]) as Tensor2D;
    const norm = normOf([gradient]);
    const wide = rows > columns ? transpose(matrix) : matrix;
    const scaled =
      typeof norm === "number"
        ? mul(wide, 1 / (norm + NORM_EPSILON))
        : div(wide, add(norm, NORM_EPSILON));
    let x = scaled as Tensor2D;
    for (let i = 0; i < iterations; i++) {
      const gram = matMul(x, x, false, true);
      const polynomial = add(mul(gram, b), mul(matMul(gram, gram), c));
      x = add(mul(x, a), matMul(polynomial as Tensor2D, x)) as Tensor2D;
    }
    return reshape(rows > columns ? transpose(x) : x, gradient.shape);
  });
}

/**
 * UVᵀ of G = UΣVᵀ, in double precision by one-sided Jacobi rotations. Singular values below
 * 2^-23·max(rows, columns) of the largest are rounding of a gradient in single precision: their directions
 * are left out, as in numerical rank.
 *
 * @returns shaped like G; zero where G is
 * @see Demmel & Veselić (1992), Jacobi's method is more accurate than QR
 */
export function orthogonalFactor(gradient: Tensor): Tensor {
  const [rows, columns] = matrixShape(gradient.shape);
  const flat = gradient.dataSync();
  const short = Math.min(rows, columns);
  const long = Math.max(rows, columns);
  const at = (i: number, k: number) => (rows < columns ? i * columns + k : k * columns + i);
  // The short side's vectors: rotated until they are orthogonal, they are σ_i times those of the long side.
  const w = Array.from({ length: short }, (_, i) =>
    Float64Array.from({ length: long }, (_, k) => flat[at(i, k)]!),
  );
  const rotations = Array.from({ length: short }, (_, i) => {
    const row = new Float64Array(short);
    row[i] = 1;
    return row;
  });
  if (flat.every(Number.isFinite)) orthogonalize(w, rotations);
  const sizes = w.map((row) => Math.sqrt(sumOfSquares(row)));
  const least = EPSILON32 * long * Math.max(...sizes);
  const result = new Float32Array(flat.length);
  const sums = new Float64Array(flat.length);
  for (const [j, size] of sizes.entries()) {
    if (!(size > least)) continue;
    for (let i = 0; i < short; i++) {
      const share = rotations[j]![i]! / size;
      for (let k = 0; k < long; k++) sums[at(i, k)]! += share * w[j]![k]!;
    }
  }
  result.set(sums);
  if (!flat.every(Number.isFinite)) result.fill(Number.NaN);
  return tensor(result, gradient.shape);
}

/** Rotates pairs of rows until all are orthogonal to rounding; the same rotations act on the identity. */
function orthogonalize(w: Float64Array[], rotations: Float64Array[]): void {
  const n = w.length;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let rotated = false;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const alpha = sumOfSquares(w[p]!);
        const beta = sumOfSquares(w[q]!);
        const gamma = dot(w[p]!, w[q]!);
        if (!(Math.abs(gamma) > 1e-15 * Math.sqrt(alpha * beta))) continue;
        rotated = true;
        const zeta = (beta - alpha) / (2 * gamma);
        const t = Math.sign(zeta || 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
        const cosine = 1 / Math.sqrt(1 + t * t);
        rotate(w[p]!, w[q]!, cosine, cosine * t);
        rotate(rotations[p]!, rotations[q]!, cosine, cosine * t);
      }
    }
    if (!rotated) return;
  }
}

function rotate(x: Float64Array, y: Float64Array, cosine: number, sine: number): void {
  for (let k = 0; k < x.length; k++) {
    const [a, b] = [x[k]!, y[k]!];
    x[k] = cosine * a - sine * b;
    y[k] = sine * a + cosine * b;
  }
}

function sumOfSquares(x: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < x.length; k++) sum += x[k]! * x[k]!;
  return sum;
}

function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < x.length; k++) sum += x[k]! * y[k]!;
  return sum;
}
