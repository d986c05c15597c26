/** Gradient descent on L(x) = ½λx², in closed form. */

/** How the distance from the minimum goes, by the factor 1 − ηλ of a step. */
export type Manner =
  | "one side"
  | "at once"
  | "shrinking swings"
  | "steady swings"
  | "growing swings";

export interface Parabola {
  /** The curvature λ, above 0. */
  readonly curvature: number;
  /** The step size η, above 0. */
  readonly rate: number;
  /** The distance from the minimum before the first step. */
  readonly start: number;
}

export function lossAt({ curvature }: Pick<Parabola, "curvature">, x: number): number {
  return (curvature / 2) * x ** 2;
}

/** 1 − ηλ: what a step multiplies the distance by, from x − η·λx. */
export function factorOf({ curvature, rate }: Parabola): number {
  return 1 - rate * curvature;
}

/** x after t steps: (1 − ηλ)ᵗ·x₀. */
export function positionAt(parabola: Parabola, t: number): number {
  return factorOf(parabola) ** t * parabola.start;
}

/** As close to a limit as rounding of η and λ brings it. */
const ROUNDING = 1e-9;

export function mannerOf(parabola: Parabola): Manner {
  const factor = factorOf(parabola);
  if (Math.abs(factor) < ROUNDING) return "at once";
  if (Math.abs(factor + 1) < ROUNDING) return "steady swings";
  if (factor > 0) return "one side";
  return factor > -1 ? "shrinking swings" : "growing swings";
}
