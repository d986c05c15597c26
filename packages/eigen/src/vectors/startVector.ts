/** The vectors with which solvers begin. */

import { checkSize } from "../operators/operator.js";
import { check, EigenError } from "../solver/error.js";
import type { Random } from "../solver/random.js";
import type { Steps } from "../solver/steps.js";
import type { AsyncVectorSpace } from "./space.js";
import { normalize, orthogonalize } from "./vectors.js";

/** Copies of the vectors that a user has given: one, or a list of them. */
export function copiesOf<V>(
  given: V | readonly V[],
  n: number,
  space: AsyncVectorSpace<V>,
  what: string,
): V[] {
  const list: readonly V[] = Array.isArray(given) ? given : [given as V];
  for (const v of list) {
    check(typeof v === "object" && v !== null, `${what} must be a vector or a list of vectors`);
    checkSize(v, n, space, what);
  }
  return list.map((v) => space.copy(v));
}

/** A unit vector: random (uniform on the sphere), or made of what the user gave. */
export function* startVector<V>(
  start: V | readonly V[] | undefined,
  n: number,
  space: AsyncVectorSpace<V>,
  random: Random,
): Steps<V> {
  const vectors =
    start === undefined ? [space.random(n, random)] : copiesOf(start, n, space, "start");
  check(vectors.length > 0, "start is empty");
  // Equal weights: the Krylov space of the sum of k eigenvectors is their span.
  let sum: V | undefined;
  for (const v of vectors) {
    const { vector, norm } = yield* normalize(space, v);
    check(norm > 0 && norm < Infinity, "a start vector is zero or not finite");
    if (sum === undefined) sum = vector;
    else {
      sum = space.axpy(1, vector, sum);
      space.release(vector);
    }
  }
  const { vector, norm } = yield* normalize(space, sum as V);
  check(norm > 1e-8, "the start vectors cancel");
  return vector;
}

/**
 * A random unit vector orthogonal to a basis, and the norm that this part of a standard normal
 * vector had.
 *
 * @throws EigenError "no-result" if the basis spans the whole space
 */
export function* randomOutside<V>(
  basis: readonly V[],
  n: number,
  space: AsyncVectorSpace<V>,
  random: Random,
): Steps<{ vector: V; norm: number }> {
  for (let attempt = 0; attempt < 4; attempt++) {
    const { vector, norm } = yield* orthogonalize(space, basis, space.random(n, random));
    if (norm > 0) return { vector: (yield* normalize(space, vector)).vector, norm };
    space.release(vector);
  }
  throw new EigenError("no-result", "no random vector outside the basis");
}
