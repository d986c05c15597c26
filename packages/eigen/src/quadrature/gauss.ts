/** Gauss rules of a Lanczos matrix. */

import { tridiagonalEigen } from "../dense/tridiagonal.js";

/** A quadrature rule for the spectral measure of a unit vector. */
export interface Rule {
  /** Descending. */
  readonly nodes: Float64Array;
  /** They sum to 1. */
  readonly weights: Float64Array;
}

/** A Lanczos matrix from a unit vector v. */
export interface LanczosMatrix {
  /** [m]. */
  readonly diagonal: readonly number[];
  /** [m]; the last one is β, which leads out of the space, 0 if none does. */
  readonly offDiagonal: readonly number[];
}

/** Σⱼ wⱼ·f(θⱼ). */
export const integrate = ({ nodes, weights }: Rule, f: (x: number) => number): number =>
  nodes.reduce((sum, x, j) => sum + weights[j]! * f(x), 0);

/** Gauss rule, exact for polynomials of degree 2m − 1. */
export function gauss({ diagonal, offDiagonal }: LanczosMatrix): Rule {
  const first = new Float64Array(diagonal.length);
  first[0] = 1;
  const nodes = tridiagonalEigen(diagonal, offDiagonal, [first]);
  return { nodes, weights: first.map((s) => s * s) };
}

/**
 * Gauss–Radau rule with one node at `end`, exact for polynomials of degree 2m.
 *
 * @param end beyond the Ritz values, on their lower (side = −1) or upper side, but for rounding
 * @param rounding what the products are wrong by
 * @see Golub & Meurant (2010), Matrices, Moments and Quadrature with Applications, §6.2
 */
export function radau(
  { diagonal, offDiagonal }: LanczosMatrix,
  end: number,
  side: 1 | -1,
  rounding: number,
): Rule {
  const beta = offDiagonal.at(-1)!;
  // Far enough that all pivots have one sign.
  const beyond = end + side * 2 * rounding;
  let pivot = diagonal[0]! - beyond;
  for (let j = 1; j < diagonal.length; j++) {
    pivot = diagonal[j]! - beyond - offDiagonal[j - 1]! ** 2 / pivot;
  }
  const rule = gauss({
    diagonal: [...diagonal, beyond + beta ** 2 / pivot],
    offDiagonal: [...offDiagonal, 0],
  });
  rule.nodes[side < 0 ? diagonal.length : 0] = end;
  return rule;
}
