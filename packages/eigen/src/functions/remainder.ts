/** What a polynomial leaves of a function, at most. */

import type { Derivatives } from "../quadrature/integral.js";
import { polynomialError } from "../quadrature/polynomial.js";

/** Points of the grid, and degree of the polynomials that stand for f on it. */
const GRID = 128;

/** A Lanczos matrix in its eigenvectors. */
export interface Ritz {
  /** θ, [m], descending. */
  readonly values: Float64Array;
  /** First and last entry of each eigenvector of T, [m]. */
  readonly first: Float64Array;
  readonly last: Float64Array;
  /** What leads out of the space. */
  readonly beta: number;
}

/**
 * max |δ(λ)| over [a, b], what Lanczos leaves out of f(A)·v for a unit vector v:
 *
 *   δ(λ) = β·Σⱼ s_mj·s_1j·(f(θⱼ) − f(λ))/(θⱼ − λ)
 *
 * It is a multiple of f[θ₁, …, θ_m, λ], hence largest at a or b where the derivatives of f keep their
 * signs. Otherwise the maximum over a grid, to which `unseen` is to be added.
 *
 * @param f finite at every θ
 * @param rounding what the products are wrong by
 */
export function remainder(
  { values, first, last, beta }: Ritz,
  f: (x: number) => number,
  a: number,
  b: number,
  rounding: number,
  derivatives: Derivatives | undefined,
): number {
  if (beta === 0) return 0;
  const images = values.map((x) => f(Math.min(Math.max(x, a), b)));
  /** |δ(λ)|, give or take its rounding. */
  const delta = (lambda: number): { value: number; noise: number } => {
    const image = f(lambda);
    // Quotients of close numbers are taken over a wider step, small beside what f varies over.
    const least = Math.max(1e-5 * Math.min(b - a, Math.abs(lambda)), rounding);
    let value = 0;
    let noise = 0;
    for (let j = 0; j < values.length; j++) {
      const distance = values[j]! - lambda;
      const isClose = Math.abs(distance) < least;
      const quotient = isClose
        ? slope(f, lambda + distance / 2, least, a, b)
        : (images[j]! - image) / distance;
      const weight = beta * first[j]! * last[j]!;
      const size = Math.abs(images[j]!) + Math.abs(image);
      value += weight * quotient;
      noise += (Math.abs(weight) * size * Number.EPSILON) / (isClose ? least : Math.abs(distance));
    }
    return { value, noise };
  };
  const end = decisiveEnd(a, b, derivatives);
  if (end !== undefined) {
    const { value, noise } = delta(end);
    return Math.abs(value) + noise;
  }
  // Between the ends, and between the Ritz values, where the spectrum is dense.
  const grid = Array.from({ length: GRID + 1 }, (_, i) => {
    const t = (1 + Math.cos((Math.PI * i) / GRID)) / 2;
    return a * (1 - t) + b * t;
  });
  for (let j = 1; j < values.length; j++) {
    for (const t of [0.2, 0.4, 0.6, 0.8]) grid.push(values[j - 1]! * t + values[j]! * (1 - t));
  }
  const sampled = grid.sort((x, y) => x - y).map(delta);
  return sampled.reduce((most, { value, noise }, i) => {
    // A peak between two points is hardly higher than they differ.
    const change = Math.abs(value - (sampled[i + 1]?.value ?? value));
    return Math.max(most, Math.abs(value) + change + noise);
  }, 0);
}

/** f′(x) from a central difference, moved inside [a, b] where f is not defined beyond. */
function slope(f: (x: number) => number, x: number, step: number, a: number, b: number): number {
  const central = (f(x + step / 2) - f(x - step / 2)) / step;
  if (Number.isFinite(central)) return central;
  const from = x > (a + b) / 2 ? Math.min(x, b) - step : Math.max(x, a);
  return (f(from + step) - f(from)) / step;
}

/** The end where the divided differences of f are largest, if the signs of its derivatives tell. */
function decisiveEnd(a: number, b: number, derivatives: Derivatives | undefined) {
  if (derivatives === "equal") return b;
  return derivatives === "alternating" && a >= 0 ? a : undefined;
}

/**
 * What the maximum over the grid leaves out, 2·max |f − p| for a polynomial p that the grid resolves: the
 * remainder of p is seen, and that of f − p is at most twice its size. 0 where an end decides; Infinity
 * where no such p follows f.
 */
export function unseen(
  { values, beta }: Ritz,
  f: (x: number) => number,
  a: number,
  b: number,
  derivatives: Derivatives | undefined,
): number {
  if (beta === 0 || decisiveEnd(a, b, derivatives) !== undefined) return 0;
  return 2 * polynomialError(f, a, b, GRID, [...values]);
}
