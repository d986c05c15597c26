/** What rounding does to f(A). */

import { roundingOf } from "../certificates/convergence.js";
import type { Krylov } from "../lanczos/krylov.js";
import type { AsyncVectorSpace } from "../vectors/space.js";

/** What a Lanczos matrix and its eigenvalues are wrong by: rounding of products, and of m steps. */
export const roundingSoFar = <V>(krylov: Krylov<V>, space: AsyncVectorSpace<V>): number =>
  krylov.defect + roundingOf(space, krylov.scale) * Math.max(1, krylov.diagonal.length / 16);

/**
 * By how much f(A) may be off where A is off by rounding: the largest |f(x ± rounding) − f(x)| and
 * rounding·|f(x) − f(y)|/|x − y| between neighbours, with what arithmetic adds.
 *
 * @param values eigenvalues, as far as they are known, and the ends of the spectrum
 * @param epsilon unit roundoff
 */
export function sensitivity(
  f: (x: number) => number,
  values: readonly number[],
  rounding: number,
  epsilon: number,
): number {
  const points = [...values].sort((x, y) => x - y);
  const middle = (points[0]! + points.at(-1)!) / 2;
  return points.reduce((most, x, i) => {
    const image = f(x);
    // Towards the inside, where f is defined.
    const moved = Math.abs(f(x + (x > middle ? -rounding : rounding)) - image);
    const next = points[i + 1] ?? x;
    const jump = Math.abs(f(next) - image) * Math.min(1, rounding / (next - x) || 0);
    return Math.max(most, Math.max(moved, jump) + 32 * epsilon * Math.abs(image));
  }, 0);
}
