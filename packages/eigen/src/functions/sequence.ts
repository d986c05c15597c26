/** The Lanczos sequence behind f(A)·b, of which the first vectors are kept. */

import { roundingOf } from "../certificates/convergence.js";
import { extend, startKrylov } from "../lanczos/krylov.js";
import type { Products } from "../operators/operator.js";
import { roundingSoFar } from "../quadrature/sensitivity.js";
import { checkRange } from "../solver/error.js";
import { type Steps, wait } from "../solver/steps.js";
import type { VectorScope } from "../vectors/vectorScope.js";
import { axpys } from "../vectors/vectors.js";

/** A Lanczos sequence. */
export interface Sequence<V> {
  readonly diagonal: number[];
  readonly offDiagonal: number[];
  /** What the products are wrong by. */
  rounding(): number;
  step(): Steps<void>;
  /**
   * Σ cⱼ·vⱼ; ends the sequence.
   *
   * @returns also how far the last vector made anew is from unit length, 0 if none was
   */
  combine(c: Float64Array): Steps<{ vector: V; drift: number }>;
}

/** Lanczos that keeps `basisSize` vectors and makes the others anew when they are needed again. */
export function startSequence<V>(
  start: V,
  basisSize: number,
  products: Products<V>,
  space: VectorScope<V>,
): Sequence<V> {
  const krylov = startKrylov(start);
  const { diagonal, offDiagonal, basis } = krylov;
  /** The last two vectors, once there are more than are kept. */
  let tail: V[] | undefined;

  /** A·v less its parts along v and the vector before; α and β are new or those of the first time. */
  function* recur([before, v]: V[], j: number): Steps<V[]> {
    const w = yield* products.apply(v!);
    diagonal[j] ??= yield* wait(space.dot(v!, w));
    const rest = axpys(space, [-diagonal[j]!, -offDiagonal[j - 1]!], [v!, before!], w);
    if (offDiagonal[j] === undefined) {
      const norm = Math.sqrt(yield* wait(space.dot(rest, rest)));
      krylov.scale = Math.max(krylov.scale, Math.abs(diagonal[j]!), norm);
      checkRange(krylov.scale, products.spent, space.epsilon);
      offDiagonal[j] = norm <= roundingOf(space, krylov.scale) ? 0 : norm;
    }
    if (!basis.includes(before!)) space.release(before!);
    return [v!, space.scale(1 / (offDiagonal[j]! || 1), rest)];
  }

  return {
    diagonal,
    offDiagonal,
    // Without orthogonalisation the Ritz values leave the spectrum, more from step to step.
    rounding: () =>
      roundingSoFar(krylov, space) +
      roundingOf(space, krylov.scale) * Math.max(0, diagonal.length - basisSize),
    *step(): Steps<void> {
      const m = diagonal.length;
      if (m < basisSize) yield* extend(krylov, products, space, 1e-3);
      else tail = yield* recur(tail ?? [basis[m - 1]!, basis[m]!], m);
    },
    *combine(c: Float64Array): Steps<{ vector: V; drift: number }> {
      const kept = basis.slice(0, c.length);
      const first = space.scale(c[0]!, space.copy(basis[0]!));
      let vector = axpys(space, c.slice(1, kept.length), kept.slice(1), first);
      const spare: V[] = tail ?? [];
      let drift = 0;
      if (c.length > kept.length) {
        let pair: V[] = [basis[basisSize - 1] as V, basis[basisSize] as V];
        for (let j = basisSize; j + 1 < c.length; j++) {
          pair = yield* recur(pair, j);
          vector = space.axpy(c[j + 1]!, pair[1]!, vector);
        }
        drift = Math.abs((yield* wait(space.dot(pair[1]!, pair[1]!))) - 1);
        spare.push(...pair);
      }
      for (const v of new Set([...spare, ...basis])) space.release(v);
      return { vector, drift };
    },
  };
}
