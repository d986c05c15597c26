/** What a space of vectors is, and those of typed arrays. */

import type { Random } from "../solver/random.js";
import type { MaybePromise } from "../solver/steps.js";
import { typedArraySpace } from "./typedArrays.js";

/**
 * What a solver needs to know about vectors: six operations. Everything else is optional speed.
 *
 * `axpy` and `scale` consume their vector argument: they may overwrite it or release it, and the
 * caller goes on with what they return. Typed arrays are changed in place; immutable device
 * tensors return a new tensor and dispose the old one. Only `dot` and `dots` read numbers, so only
 * they may be asynchronous (see `AsyncVectorSpace`).
 */
export interface VectorSpace<V> {
  /** A new vector of n standard normal entries. */
  random(n: number, random: Random): V;
  /** A new vector with the entries of x. */
  copy(x: V): V;
  /** xᵀy, accumulated in float64 where the platform allows. */
  dot(x: V, y: V): number;
  /** y + a·x; consumes y. */
  axpy(a: number, x: V, y: V): V;
  /** a·x; consumes x. */
  scale(a: number, x: V): V;
  /** x will not be used again. */
  release(x: V): void;

  /** Unit roundoff of one stored entry; default 2⁻⁵³ (float64). */
  readonly epsilon?: number;
  /** Length of x, if it can be told: lets a solver refuse vectors of the wrong size. */
  size?(x: V): number;
  /** Writable memory that `apply(x, out)` may fill; without it operators must return a result. */
  empty?(n: number): V;
  /** to ← from, entry by entry; needed beside `empty`. */
  assign?(to: V, from: V): void;
  /** [xs.length] all xᵢᵀy in one pass over y. */
  dots?(xs: readonly V[], y: V): Float64Array;
  /** y + Σᵢ aᵢ·xᵢ in one pass over y; consumes y. */
  axpys?(a: ArrayLike<number>, xs: readonly V[], y: V): V;
  /**
   * k new vectors Σᵢ rows[i][j]·xᵢ, j < k ≤ xs.length; consumes all xs.
   * `rows` has one row for each xᵢ and k columns.
   */
  rotate?(xs: readonly V[], rows: readonly ArrayLike<number>[], k: number): V[];
}

/** A vector space whose dot products arrive later, as on a GPU in a browser. */
export interface AsyncVectorSpace<V> extends Omit<VectorSpace<V>, "dot" | "dots"> {
  dot(x: V, y: V): MaybePromise<number>;
  dots?(xs: readonly V[], y: V): MaybePromise<Float64Array>;
  /**
   * What follows the product w = A·v in a Lanczos step, for spaces where each read costs a wait: one read
   * in place of two. `basis` ends with u, v; consumes w, unless it fails.
   *
   * α may be rounded as an entry is: what r still has of v is among its products, and the solver adds it.
   */
  recur?(basis: readonly V[], beta: number, w: V): Promise<Recurrence<V>>;
}

/** A Lanczos step before what is left of the basis is taken out. */
export interface Recurrence<V> {
  /** vᵀw. */
  readonly alpha: number;
  /** r = w − α·v − β·u; without u where v is the first. */
  readonly rest: V;
  /** [basis.length + 1] qᵢᵀr of the basis, and rᵀr. */
  readonly products: Float64Array;
}

/**
 * Float64Array vectors: the default of every solver.
 * @example
 * float64().dot(Float64Array.of(1, 2), Float64Array.of(3, 4)); // 11
 */
export function float64(): VectorSpace<Float64Array> {
  return typedArraySpace(Float64Array, 2 ** -53);
}

/**
 * Float32Array vectors: half the memory; every dot product is still accumulated in float64.
 * @example
 * lanczos({ space: float32() })({ n: 3, apply: (x) => x.map((v, i) => v * (i + 1)) }).values; // [3]
 */
export function float32(): VectorSpace<Float32Array> {
  return typedArraySpace(Float32Array, 2 ** -24);
}
