/** Ends of a spectrum from several random starts. */

import { christoffel } from "../certificates/randomStartBound.js";
import { check } from "../solver/error.js";
import type { LanczosMatrix } from "./gauss.js";

/** Lanczos without restart from a standard normal vector z. */
export interface RandomStart extends LanczosMatrix {
  /** ‖z‖². */
  readonly square: number;
  /** What the products are wrong by. */
  readonly rounding: number;
}

/** The ends that are not given are wrong with this probability each, at most. */
const FAILURE = 0.001;

/**
 * A number below (side = −1) or above (+1) every eigenvalue, with probability 1 − δ over the starts:
 * the root μ, outside of all Ritz values, of
 *
 *   Σᵢ ‖zᵢ‖²/Kᵢ(μ) = s,   Kᵢ(μ) = Σⱼ pⱼ(μ)²,   P(χ²_m < s) ≤ δ
 *
 * pⱼ are the orthonormal polynomials of the i-th recurrence (`christoffel`). A unit eigenvector q whose value lies beyond
 * μ has (qᵀzᵢ)² ≤ ‖zᵢ‖²/Kᵢ(μ) for each of the m starts, while Σᵢ (qᵀzᵢ)² is χ² with m degrees of freedom.
 *
 * @see `randomStartBound`, which is the same for a single start
 */
export function outerEnd(
  starts: readonly RandomStart[],
  edge: number,
  side: 1 | -1,
  failure: number = FAILURE,
): number {
  const rare = rareSquare(starts.length, failure);
  const excluded = (distance: number) => {
    const mu = edge + side * distance;
    const mass = starts.reduce((sum, { diagonal, offDiagonal, square }) => {
      return sum + square / christoffel(diagonal, offDiagonal, mu, 1e40);
    }, 0);
    return mass <= rare;
  };
  const rounding = Math.max(...starts.map((start) => start.rounding), Number.MIN_VALUE);
  let far = rounding;
  while (!excluded(far)) far *= 4;
  // Either at once, or within a factor of four.
  let near = far === rounding ? far : far / 4;
  for (let step = 0; step < 30 && near < far; step++) {
    const middle = Math.sqrt(near) * Math.sqrt(far);
    if (excluded(middle)) far = middle;
    else near = middle;
  }
  return edge + side * (far + rounding);
}

/** s with P(χ²_m < s) ≤ δ, from P ≤ (s/2)^{m/2}/Γ(m/2 + 1). */
export function rareSquare(m: number, failure: number): number {
  // Γ(m/2 + 1), from Γ(1) or Γ(½).
  let gamma = m % 2 === 0 ? 1 : Math.sqrt(Math.PI);
  for (let x = m / 2; x > 0; x--) gamma *= x;
  return 2 * (failure * gamma) ** (2 / m);
}

/**
 * Refuses ends that the operator contradicts.
 *
 * @param least an upper bound of λmin, to rounding
 * @param most a lower bound of λmax
 * @throws EigenError "bad-setting"
 */
export function checkEnds(
  given: { readonly lowerEnd: number; readonly upperEnd: number },
  least: number,
  most: number,
  rounding: number,
): void {
  const { lowerEnd, upperEnd } = given;
  check(least >= lowerEnd - rounding, `lowerEnd is wrong: an eigenvalue is at most ${least}`);
  check(most <= upperEnd + rounding, `upperEnd is wrong: an eigenvalue is at least ${most}`);
}
