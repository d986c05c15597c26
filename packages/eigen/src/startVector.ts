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
  const given = [start].flat() as V[];
  const vectors =
    start === undefined
      ? [space.random(n, random)]
      : given.map((v) => {
          checkSize(v, n, space, "start");
          return space.copy(v);
        });
  check(vectors.length > 0, "start is empty");
  // Equal weights: the Krylov space of the sum of k eigenvectors is their span.
  let sum: V | undefined;
  for (const v of vectors) {
    const { vector, norm } = yield* normalize(space, v);
    check(norm > 0 && norm < Infinity, "start is zero or not finite");
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
