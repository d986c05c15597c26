/**
 * One cycle of a Lanczos process: A·V = V·T + β·v·eⱼᵀ with T tridiagonal. A thick restart ends a
 * cycle, and the next one begins with Ritz vectors of it, followed by its last vector v.
 */
export interface Cycle {
  /** Diagonal of T, [j]. */
  readonly diagonal: readonly number[];
  /** Off-diagonal of T, and β at the end, [j]. */
  readonly offDiagonal: readonly number[];
  /** Index of the vector that was the v of the last cycle; 0 in the first. */
  readonly seam: number;
}

/**
 * How much larger an eigenvector beyond all Ritz values would stand in the basis than in the start.
 *
 *   log (‖Vᵀq‖² + (vᵀq)²) − log (zᵀq)²,   A·q = μ·q,   z the unit start vector
 *
 * From (μ − T)·Vᵀq = β·(vᵀq)·eⱼ: the parts of q along the basis follow from each other by the pivots of
 * μ − T. As they are parts of a unit vector, the first of the two is at most 0. So an eigenvalue μ
 * needs a start with (zᵀq)² ≤ exp(−this), which a random start is with a known small probability.
 * Restarts carry it on: the part along v is handed from cycle to cycle.
 *
 * @param floor what rounding adds to each coupling, as it may bring in a part of q or hide one
 * @param sign 1 for an eigenvalue above all Ritz values, −1 for one below
 * @returns −Infinity unless μ lies beyond all Ritz values
 * @see van Dorsselaer, Hochstenbach & van der Vorst (2000), Computing probabilistic bounds for
 *   extreme eigenvalues of symmetric matrices with the Lanczos method
 */
export function logAmplification(
  cycles: readonly Cycle[],
  floor: number,
  mu: number,
  sign: 1 | -1,
): number {
  let log = 0;
  for (const [c, { diagonal, offDiagonal, seam }] of cycles.entries()) {
    // w of the factorisation L·diag(w)·Lᵀ of ±(μ − T): all positive beyond the Ritz values.
    const pivots: number[] = [];
    for (const [i, d] of diagonal.entries()) {
      const coupled = i > 0 ? offDiagonal[i - 1]! ** 2 / pivots[i - 1]! : 0;
      pivots.push(sign * (mu - d) - coupled);
      if (!(pivots[i]! > 0)) return -Infinity;
    }
    // Parts of q relative to the one at the seam.
    let part = 1;
    let sum = 1;
    for (let i = seam - 1; i >= 0; i--) {
      part *= Math.abs(offDiagonal[i]!) / pivots[i]!;
      sum += part ** 2;
    }
    part = 1;
    for (let i = seam; i < pivots.length; i++) {
      part *= pivots[i]! / (Math.abs(offDiagonal[i]!) + floor);
      sum += part ** 2;
    }
    log += Math.log(c + 1 < cycles.length ? part ** 2 : sum);
  }
  return log;
}

/**
 * The value that no eigenvalue lies beyond, unless the start was as unlucky as that.
 *
 * @param enough the amplification that an eigenvector can have
 * @param from the outermost Ritz value
 * @param step a first guess of the distance, of either sign
 */
export function boundBeyond(
  cycles: readonly Cycle[],
  floor: number,
  enough: number,
  from: number,
  step: number,
): number {
  const side = step < 0 ? -1 : 1;
  return edgeOf((mu) => logAmplification(cycles, floor, mu, side) <= enough, from, step, 30);
}

/**
 * The end of an interval, from outside.
 *
 * @param from a point of it
 * @param step a first guess of the distance, of either sign
 * @param halvings of an interval that is doubled from there until it holds the end
 */
export function edgeOf(
  isWithin: (mu: number) => boolean,
  from: number,
  step: number,
  halvings: number,
): number {
  let near = from;
  let width = step;
  while (isWithin(near + width)) width *= 2;
  for (let i = 0; i < halvings; i++) {
    width /= 2;
    if (isWithin(near + width)) near += width;
  }
  return near + width;
}
