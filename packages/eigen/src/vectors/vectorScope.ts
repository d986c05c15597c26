/** Release of vectors, whatever ends an algorithm. */

import { type MaybePromise, run, type Steps } from "../solver/steps.js";
import type { AsyncVectorSpace, Recurrence } from "./space.js";

/** A vector space that knows which of its vectors are in use. */
export interface VectorScope<V> extends AsyncVectorSpace<V> {
  /** Takes charge of a vector that was made elsewhere, such as the product of an operator. */
  adopt?(x: V): V;
  /** Whether the vector is one of those in use. */
  holds?(x: V): boolean;
}

/**
 * Runs an algorithm to its end. If it fails, whatever vectors it had made by then are released: an
 * operator, a dot product or a callback may throw at any moment, and device memory is not collected.
 *
 * @param algorithm makes vectors by the scope alone; what it returns belongs to its caller
 */
export function solve<V, R>(
  space: AsyncVectorSpace<V>,
  algorithm: (scope: VectorScope<V>) => Steps<R>,
): MaybePromise<R> {
  const live = new Set<V>();
  return run(guarded(algorithm(scopeOver(space, live)), live, space));
}

function* guarded<V, R>(steps: Steps<R>, live: Set<V>, space: AsyncVectorSpace<V>): Steps<R> {
  try {
    return yield* steps;
  } catch (error) {
    for (const x of live) space.release(x);
    throw error;
  }
}

function scopeOver<V>(space: AsyncVectorSpace<V>, live: Set<V>): VectorScope<V> {
  const adopt = (x: V): V => {
    live.add(x);
    return x;
  };
  /** The vector y has become another one. */
  const become = (y: V, next: V): V => {
    live.delete(y);
    return adopt(next);
  };
  const recurred = async (made: Promise<Recurrence<V>>, w: V) => {
    const recurrence = await made;
    become(w, recurrence.rest);
    return recurrence;
  };
  const { empty, assign, dots, axpys, rotate, recur, size } = space;
  return {
    adopt,
    holds: (x) => live.has(x),
    epsilon: space.epsilon,
    random: (n, random) => adopt(space.random(n, random)),
    copy: (x) => adopt(space.copy(x)),
    dot: (x, y) => space.dot(x, y),
    axpy: (a, x, y) => become(y, space.axpy(a, x, y)),
    scale: (a, x) => become(x, space.scale(a, x)),
    release(x) {
      live.delete(x);
      space.release(x);
    },
    ...(size && { size: (x) => size.call(space, x) }),
    ...(empty && { empty: (n) => adopt(empty.call(space, n)) }),
    ...(assign && { assign: (to, from) => assign.call(space, to, from) }),
    ...(dots && { dots: (xs, y) => dots.call(space, xs, y) }),
    ...(axpys && { axpys: (a, xs, y) => become(y, axpys.call(space, a, xs, y)) }),
    ...(recur && { recur: (basis, beta, w) => recurred(recur.call(space, basis, beta, w), w) }),
    ...(rotate && {
      rotate: (xs, rows, k) => {
        for (const x of xs) live.delete(x);
        return rotate.call(space, xs, rows, k).map(adopt);
      },
    }),
  };
}
