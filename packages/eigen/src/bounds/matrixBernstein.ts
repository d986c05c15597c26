/** Matrix Bernstein: how far a mean of random matrices may lie from its expectation. */

import { check } from "../solver/error.js";

/** Parameters of a sum of independent random matrices. */
export interface MatrixBernsteinInput {
  /** d: the matrices are d × d. */
  readonly dimension: number;
  /** b: how many are averaged. */
  readonly samples: number;
  /** σ² = ‖E (M − E M)²‖. */
  readonly variance: number;
  /** R with ‖Mᵢ − E M‖ ≤ R always. */
  readonly radius: number;
}

/**
 * How far the mean of b independent symmetric matrices lies from its expectation.
 *
 *   E‖(1/b)·Σ Mᵢ − E M‖ ≤ √(2·σ²·log(2d)/b) + R·log(2d)/(3b)
 *
 * By Weyl's inequality the same number bounds how far E λmax of the mean lies above λmax(E M):
 * the gap between mini-batch and full-batch sharpness.
 *
 * @see Tropp (2015), An Introduction to Matrix Concentration Inequalities, Theorem 6.1.1;
 *   Andreyev & Beneventano, Edge of Stochastic Stability, Proposition 4.2
 * @example
 * const matrices = { dimension: 100, samples: 64, variance: 4, radius: 10 };
 * matrixBernstein(matrices); // 1.089766
 */
export function matrixBernstein(input: MatrixBernsteinInput): number {
  const { dimension, samples, variance, radius } = input;
  check(dimension >= 1 && samples >= 1, "dimension and samples must be at least 1");
  check(variance >= 0 && radius >= 0, "variance and radius must not be negative");
  const log = Math.log(2 * dimension);
  return Math.sqrt((2 * variance * log) / samples) + (radius * log) / (3 * samples);
}

/**
 * Tail of the same deviation.
 *
 *   P(‖(1/b)·Σ Mᵢ − E M‖ ≥ t) ≤ 2d·exp(−b·t²/(2σ² + 2Rt/3)), at most 1
 * @example
 * const matrices = { dimension: 100, samples: 64, variance: 4, radius: 10 };
 * matrixBernsteinTail(matrices, 3); // 2.3e-7
 */
export function matrixBernsteinTail(input: MatrixBernsteinInput, t: number): number {
  const { dimension, samples, variance, radius } = input;
  check(t >= 0, `t must not be negative, got ${t}`);
  const width = 2 * variance + (2 * radius * t) / 3;
  if (width === 0) return t > 0 ? 0 : 1;
  return Math.min(1, 2 * dimension * Math.exp((-samples * t * t) / width));
}
