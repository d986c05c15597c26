declare const coordinates: unique symbol;

/** A number for each of the d parameters. Arrays that say nothing else count as such. */
export type FullVector = ArrayLike<number> & { readonly [coordinates]?: never };

/**
 * A vector in the coordinates of a reduced matrix, which are fewer than the parameters and different
 * for each batch: it has no inner product with a `FullVector`. `LossView.lift` makes one of it.
 */
export type ReducedVector = Float32Array & { readonly [coordinates]: "reduced" };

/** A curvature matrix over all d parameters, with the loss and its gradient. */
export interface FullOperator {
  /** d. */
  readonly n: number;
  readonly loss: number;
  /** ∇L, [d]. */
  readonly gradient: Float64Array;
  /** out ← A·x, both [d]. */
  apply(x: Float32Array | Float64Array, out: Float32Array | Float64Array): void;
}

/**
 * The same matrix without directions that the samples do not see, in coordinates of its own:
 *
 *   A = Q·A_r·Qᵀ,   Q [d × n] with orthonormal columns
 *
 * It has the eigenvalues of A, but for d − n zeros, and costs less. For searches.
 */
export interface ReducedOperator {
  /** n, at most d. */
  readonly n: number;
  readonly loss: number;
  /** Qᵀ∇L, of the same norm as ∇L. */
  readonly gradient: ReducedVector;
  /** out ← A_r·x. */
  readonly apply: (x: ReducedVector, out: ReducedVector) => void;
}
