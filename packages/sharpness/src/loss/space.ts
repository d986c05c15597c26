// The vectors that a loss is looked at with: what searches and quantities know of them.
import { type AsyncVectorSpace, float32, type MaybePromise } from "@eoss/eigen";
import type { RandomStream } from "@eoss/rng";

declare const coordinates: unique symbol;

/**
 * A vector over all d parameters: a typed array, a tensor on a device, the number of one in another
 * process. Only the space of its view can look into it.
 */
export type Vector = object & { readonly [coordinates]: "full" };

/**
 * A vector in the coordinates of a reduced matrix, which are fewer than the parameters and different
 * for each batch: it has no inner product with a `Vector`. `LossView.lift` makes one of it.
 */
export type ReducedVector = object & { readonly [coordinates]: "reduced" };

/**
 * What an engine's vectors can do: what solvers ask for, and three ways to make one. Whoever gets a
 * new vector releases it; `axpys`, `dots` and `rotate` must copy their lists if they work later.
 */
export interface Space<V> extends AsyncVectorSpace<V> {
  /** A vector of these entries. Only small ones are made so, of at most 64, but where there is `entries`. */
  from(entries: ArrayLike<number>): V;
  /** The entries of a vector, for what is no sum or product of vectors, as their signs are none. */
  entries?(x: V): MaybePromise<ArrayLike<number>>;
  /** n independent standard normal entries, a function of the stream alone. */
  normals(n: number, stream: RandomStream): V;
  /** n independent signs ±1, a function of the stream alone. */
  signs(n: number, stream: RandomStream): V;
  /**
   * Vectors that a search may keep at once, besides some six; default as many as it wants, one for each
   * product. With few it restarts, which takes more products and gives bounds of the same probability.
   */
  readonly basisSize?: number | undefined;
  /** The same vectors as solvers take them, where another way is faster or more compact for these. */
  readonly solvers?: AsyncVectorSpace<V>;
}

/**
 * A symmetric matrix by its products, and the space of its vectors. `apply` fills `out`, which there is
 * where the space has `empty`, or returns a new vector.
 */
export interface Operator<V> {
  readonly n: number;
  readonly space: Space<V>;
  // biome-ignore lint/suspicious/noConfusingVoidType: an operator that fills `out` returns nothing
  apply(x: V, out: V): MaybePromise<V | void>;
}

export function solversOf<V>(space: Space<V>): AsyncVectorSpace<V> {
  return space.solvers ?? space;
}

/** The basis of a search for k pairs in a space, where it bounds it: at least what every search needs. */
export function basisOf(
  { basisSize }: Pick<Space<never>, "basisSize">,
  k: number,
): { basisSize?: number } {
  return basisSize === undefined ? {} : { basisSize: Math.max(k + 2, Math.floor(basisSize)) };
}

/** A·x as a new vector. */
export async function multiply<V>(
  operator: Operator<V>,
  x: V,
  memory: AsyncVectorSpace<V> = operator.space,
): Promise<V> {
  const out = memory.empty?.(operator.n);
  const product = (await operator.apply(x, out as V)) ?? (out as V);
  if (out === undefined || product === out || memory.assign === undefined) return product;
  memory.assign(out, product);
  operator.space.release(product);
  return out;
}

/** ‖x‖. */
export async function norm<V>(space: Space<V>, x: V): Promise<number> {
  return Math.sqrt(await space.dot(x, x));
}

/** x − y as a new vector. */
export function difference<V>(space: Space<V>, x: V, y: V): V {
  return space.axpy(-1, y, space.copy(x));
}

/** cos² of the angle between two vectors; NaN if one of them is zero. */
export async function squaredCosine<V>(space: Space<V>, x: V, y: V): Promise<number> {
  const product = await space.dot(x, y);
  return Math.min(1, product ** 2 / ((await space.dot(x, x)) * (await space.dot(y, y))));
}

/** Typed arrays of single precision, for operators that say nothing of their space. */
export function arrays(): Space<Float32Array> {
  return {
    ...float32(),
    from: (entries) => Float32Array.from(entries),
    normals: (n, stream) => stream.normals(n),
    signs: (n, stream) => stream.signs(n),
  };
}
