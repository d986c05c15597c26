import { check } from "./error.js";
import { checkSize } from "./operator.js";
import type { Random } from "./random.js";
import type { AsyncVectorSpace } from "./space.js";
import type { Steps } from "./steps.js";
import { normalize } from "./vectors.js";

/** A unit vector: random (uniform on the sphere), or made of what the user gave. */
export function* startVector<V>(
  start: V | readonly V[] | undefined,
  n: number,
  space: AsyncVectorSpace<V>,
  random: Random,
): Steps<V> {
  if (start === undefined) return (yield* normalize(space, space.random(n, random))).vector;
  const vectors: readonly V[] = Array.isArray(start) ? start : [start as V];
  let sum: V | undefined;
  // Equal weights: the Krylov space of the sum of k eigenvectors is their span.
  for (const v of vectors) {
    checkSize(v, n, space, "start");
    const { vector, norm } = yield* normalize(space, space.copy(v));
    check(norm > 0 && Number.isFinite(norm), "start is zero or not finite");
    if (sum === undefined) sum = vector;
    else {
      sum = space.axpy(1, vector, sum);
      space.release(vector);
    }
  }
  check(sum !== undefined, "start is empty");
  const { vector, norm } = yield* normalize(space, sum);
  check(norm > 1e-8, "the start vectors cancel");
  return vector;
}
