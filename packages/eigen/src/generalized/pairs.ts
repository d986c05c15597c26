/** Residuals and bounds of pairs of A·x = λ·B·x. */

import { EigenError } from "../solver/error.js";
import { run, type Steps } from "../solver/steps.js";
import type { AsyncVectorSpace } from "../vectors/space.js";
import type { VectorScope } from "../vectors/vectorScope.js";
import { axpys, dots } from "../vectors/vectors.js";
import type { Metric } from "./metric.js";

/**
 * A vector x together with B·x, so that inner products xᵀBy cost no product. Either may be missing
 * until it is needed: B⁻¹·A·x begins as its image A·x alone.
 */
export interface Pair<V> {
  vector: V | undefined;
  image: V | undefined;
  /**
   * xᵀBx when the image was multiplied, and the same of all that was added since: where the sum is
   * much smaller, its two parts have parted by rounding.
   */
  made: number;
}

/** How far a vector may have shrunk, as xᵀBx, before its image is multiplied anew. */
const SHRUNK = 1e-4;

/** A vector whose image is not yet known. */
export const pairOf = <V>(vector: V): Pair<V> => ({ vector, image: undefined, made: 0 });

/**
 * The space whose inner product is xᵀBy, over pairs: in it B⁻¹·A is symmetric, and every solver of
 * the symmetric problem solves A·x = λ·B·x as it is.
 *
 * @param epsilon unit roundoff in this inner product
 * @param bounded ‖x‖ of a vector known by its image z alone is not solved for, but bounded by
 *   ‖z‖₂/√λmin(B)
 * @see Parlett (1998), The Symmetric Eigenvalue Problem, §15.11
 */
export function pairSpace<V>(
  metric: Metric<V>,
  scope: VectorScope<V>,
  epsilon: number,
  bounded: boolean,
): AsyncVectorSpace<Pair<V>> {
  const { size } = scope;

  function* multiply(x: Pair<V>): Steps<void> {
    const { image, square } = yield* metric.apply(x.vector as V);
    if (x.image) scope.release(x.image);
    x.image = image;
    x.made = square;
  }

  function* dot(x: Pair<V>, y: Pair<V>): Steps<number> {
    if (x === y) return (yield* allDots([x], y))[0]!;
    // The cheaper of what may be missing: a product before a solve.
    if (!(y.image && x.vector) && !(x.image && y.vector)) {
      if (y.vector) yield* multiply(y);
      else if (x.vector) yield* multiply(x);
      else yield* complete(y, metric, scope);
    }
    const [covector, vector] = y.image && x.vector ? [y.image, x.vector] : [x.image!, y.vector!];
    return (yield* dots(scope, [vector], covector))[0]!;
  }

  function* allDots(xs: readonly Pair<V>[], y: Pair<V>): Steps<Float64Array> {
    const self = xs.indexOf(y);
    if (bounded && self === 0 && !y.vector) {
      const image = y.image as V;
      return (yield* dots(scope, [image], image)).map((square) => square / metric.smallest);
    }
    if (!y.vector && self >= 0) yield* complete(y, metric, scope);
    if (!y.image) yield* multiply(y);
    for (let fresh = false; ; fresh = true) {
      const parts = vectors(xs);
      if (!whole(parts)) break;
      const sums = yield* dots(scope, parts, y.image as V);
      if (fresh || self < 0 || !y.vector || sums[self]! >= SHRUNK * y.made) return sums;
      yield* multiply(y);
    }
    const sums = new Float64Array(xs.length);
    for (const [i, x] of xs.entries()) sums[i] = yield* dot(x, y);
    return sums;
  }

  const each = (x: Pair<V>, f: (part: V) => V, factor = 1): Pair<V> => ({
    vector: x.vector && f(x.vector),
    image: x.image && f(x.image),
    made: factor ** 2 * x.made,
  });
  const vectors = (xs: readonly Pair<V>[]) => xs.map((x) => x.vector);
  const images = (xs: readonly Pair<V>[]) => xs.map((x) => x.image);
  const whole = (parts: readonly (V | undefined)[]): parts is V[] => !parts.includes(undefined);
  /** y + Σ aᵢ·xᵢ in one of the parts, if all have it. */
  const add = (a: ArrayLike<number>, xs: readonly (V | undefined)[], y: V | undefined) => {
    if (y === undefined) return undefined;
    if (whole(xs)) return axpys(scope, a, xs, y);
    scope.release(y);
    return undefined;
  };
  const sum = (a: ArrayLike<number>, xs: readonly Pair<V>[], y: Pair<V>): Pair<V> => {
    const [vector, image] = [add(a, vectors(xs), y.vector), add(a, images(xs), y.image)];
    const made = xs.reduce((total, x, i) => total + a[i]! ** 2 * x.made, y.made);
    if (vector || image) return { vector, image, made };
    throw new EigenError("no-result", "a sum of a vector and an image that is not solved for");
  };

  return {
    epsilon,
    random: (n, random) => pairOf(scope.random(n, random)),
    copy: (x) => each(x, (part) => scope.copy(part)),
    dot: (x, y) => run(dot(x, y)),
    dots: (xs, y) => run(allDots(xs, y)),
    axpy: (a, x, y) => sum([a], [x], y),
    axpys: sum,
    scale: (a, x) => each(x, (part) => scope.scale(a, part), a),
    release({ vector, image }) {
      for (const part of [vector, image]) if (part) scope.release(part);
    },
    ...(size && { size: (x) => size((x.vector ?? x.image)!) }),
  };
}

/** What a solve may leave of its right-hand side before it is none. */
const SOLVED = 1e-3;

/** Solves for the vector of an image; the image becomes that of what was found. */
export function* complete<V>(pair: Pair<V>, metric: Metric<V>, scope: VectorScope<V>): Steps<void> {
  const { y, image, square, rest, left } = yield* metric.solve(pair.image as V);
  if (!(left <= SOLVED)) {
    throw new EigenError(
      "no-result",
      `a solve with B left ‖z − B·y‖ = ${left.toExponential(1)}·‖z‖: B is too ill-conditioned, or solve is not B⁻¹`,
    );
  }
  scope.release(rest);
  scope.release(pair.image as V);
  pair.vector = y;
  pair.image = image;
  pair.made = square;
}
