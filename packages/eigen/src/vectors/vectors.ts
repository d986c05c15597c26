/** Combinations of vectors, and orthogonality. */

import { type Steps, wait } from "../solver/steps.js";
import type { AsyncVectorSpace, Recurrence } from "./space.js";

/** [xs.length] xᵢᵀy, by the space's fused loop where it has one. */
export function* dots<V>(space: AsyncVectorSpace<V>, xs: readonly V[], y: V): Steps<Float64Array> {
  if (space.dots) return yield* wait(space.dots(xs, y));
  const sums = new Float64Array(xs.length);
  for (const [i, x] of xs.entries()) sums[i] = yield* wait(space.dot(x, y));
  return sums;
}

/** y + Σ aᵢ·xᵢ; consumes y. */
export function axpys<V>(
  space: AsyncVectorSpace<V>,
  a: ArrayLike<number>,
  xs: readonly V[],
  y: V,
): V {
  if (space.axpys) return space.axpys(a, xs, y);
  return xs.reduce((sum, x, i) => (a[i] === 0 ? sum : space.axpy(a[i]!, x, sum)), y);
}

/** k new vectors Σᵢ rows[i][j]·xᵢ; consumes all xs. */
export function rotate<V>(
  space: AsyncVectorSpace<V>,
  xs: readonly V[],
  rows: readonly Float64Array[],
  k: number,
): V[] {
  if (k > 0 && space.rotate) return space.rotate(xs, rows, k);
  const [first, ...others] = xs;
  const turned = Array.from({ length: k }, (_, c) => {
    const [a, ...rest] = rows.map((row) => row[c]!);
    return axpys(space, rest, others, space.scale(a!, space.copy(first!)));
  });
  for (const x of xs) space.release(x);
  return turned;
}

/**
 * w made orthogonal to an orthonormal basis, and its norm.
 *
 * Classical Gram–Schmidt in one fused pass for the products and one for the update; repeated when
 * the update cancelled most of w, because what is left then carries the rounding of what was lost.
 *
 * @param first products of the first pass, [basis.length + 1], where they are known: Bᵀw and wᵀw
 * @returns `vector` (consumes w, not normalised), `norm`, and `coefficients` = Bᵀw, summed over
 *   the repeats. A norm of 0 says that w lies in the span of the basis up to rounding.
 */
export function* orthogonalize<V>(
  space: AsyncVectorSpace<V>,
  basis: readonly V[],
  w: V,
  first?: Float64Array,
): Steps<{ vector: V; norm: number; coefficients: Float64Array }> {
  const coefficients = new Float64Array(basis.length);
  let vector = w;
  for (let pass = 0; ; pass++) {
    // The norm comes with the same pass over w.
    const known = pass === 0 ? first : undefined;
    const products = known ?? (yield* dots(space, [...basis, vector], vector));
    const square = products[basis.length]!;
    const c = products.subarray(0, basis.length);
    let removed = 0;
    for (let i = 0; i < c.length; i++) {
      removed += c[i]! ** 2;
      coefficients[i]! += c[i]!;
      c[i] = -c[i]!;
    }
    if (removed > 0) vector = axpys(space, c, basis, vector);
    const enough = removed <= 0.5 * square;
    // Four passes without progress: nothing but rounding is left.
    if (enough || pass === 3) {
      return { vector, norm: enough ? Math.sqrt(square - removed) : 0, coefficients };
    }
  }
}

/** α = vᵀw and w − α·v − β·u for a basis that ends with u, v; consumes w. */
export function* recur<V>(
  space: AsyncVectorSpace<V>,
  basis: readonly V[],
  beta: number,
  w: V,
): Steps<Omit<Recurrence<V>, "products"> & { products?: Float64Array }> {
  if (space.recur) return yield* wait(space.recur(basis, beta, w));
  const v = basis.at(-1)!;
  const alpha = yield* wait(space.dot(v, w));
  return { alpha, rest: axpys(space, [-alpha, -beta], [v, basis.at(-2) ?? v], w) };
}

/** x scaled to unit 2-norm, and the norm it had; consumes x. */
export function* normalize<V>(
  space: AsyncVectorSpace<V>,
  x: V,
): Steps<{ vector: V; norm: number }> {
  const norm = Math.sqrt(yield* wait(space.dot(x, x)));
  return { vector: norm > 0 ? space.scale(1 / norm, x) : x, norm };
}
