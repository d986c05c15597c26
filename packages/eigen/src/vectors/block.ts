/** Orthonormal blocks of vectors. */

import { check, checkRange, EigenError } from "../solver/error.js";
import type { Random } from "../solver/random.js";
import { type Steps, wait } from "../solver/steps.js";
import type { AsyncVectorSpace } from "./space.js";
import { copiesOf } from "./startVector.js";
import { normalize, orthogonalize } from "./vectors.js";

/**
 * Candidates made orthonormal against a basis and each other; those that add nothing are dropped.
 *
 * @param candidates consumed
 * @param basis orthonormal
 * @param tolerance relative to its own norm, what is left of a candidate must be larger than this
 */
export function* orthonormalize<V>(
  space: AsyncVectorSpace<V>,
  candidates: readonly V[],
  basis: readonly V[],
  tolerance: number,
): Steps<V[]> {
  const block: V[] = [];
  for (const candidate of candidates) {
    const { vector: unit, norm: size } = yield* normalize(space, candidate);
    if (!Number.isFinite(size)) throw new EigenError("not-finite", "a vector holds NaN");
    const { vector, norm } = yield* orthogonalize(space, [...basis, ...block], unit);
    if (size > 0 && norm > tolerance) block.push((yield* normalize(space, vector)).vector);
    else space.release(vector);
  }
  return block;
}

/** An orthonormal block of p vectors: those of the user first, random ones for the rest. */
export function* startBlock<V>(
  start: V | readonly V[] | undefined,
  p: number,
  n: number,
  space: AsyncVectorSpace<V>,
  random: Random,
  outside: readonly V[] = [],
): Steps<V[]> {
  const copies = start === undefined ? [] : copiesOf(start, n, space, "start");
  for (const v of copies) {
    const square = yield* wait(space.dot(v, v));
    check(square > 0 && square < Infinity, "a start vector is zero or not finite");
  }
  for (const v of copies.splice(p)) space.release(v);
  const block = yield* orthonormalize(space, copies, outside, 1e-8);
  for (let attempt = 0; block.length < p; attempt++) {
    if (attempt > 2 * p) throw new EigenError("no-result", "cannot fill the starting block");
    const fresh = [space.random(n, random)];
    block.push(...(yield* orthonormalize(space, fresh, [...outside, ...block], 1e-8)));
  }
  return block;
}

/**
 * Refuses a projected matrix QᵀAQ that is out of range or not symmetric.
 *
 * @throws EigenError "not-finite", "out-of-range", "not-symmetric"
 */
export function checkGram(
  gram: Float64Array[],
  scale: number,
  tolerance: number,
  spent: number,
  epsilon?: number,
): void {
  checkRange(scale, spent, epsilon);
  for (let i = 0; i < gram.length; i++) {
    for (let j = 0; j < i; j++) {
      const difference = Math.abs(gram[i]![j]! - gram[j]![i]!);
      if (difference <= tolerance * scale) continue;
      throw new EigenError(
        "not-symmetric",
        `the operator is not symmetric: uᵀAv and vᵀAu differ by ${difference.toExponential(1)}`,
      );
    }
  }
}
