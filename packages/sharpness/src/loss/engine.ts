// The seam: what an engine offers of a loss, whatever computes it and wherever its vectors are.
import type { MaybePromise } from "@eoss/eigen";
import type { RandomStream } from "@eoss/rng";
import type { EigenSearch, TopPairs } from "../search/eigenSearch.js";
import type { Operator, Space } from "./space.js";

/**
 * - `hessian`: H = ∇²L.
 * - `gauss-newton`: G, mean of J_iᵀ(∂²ℓ_i/∂f²)J_i.
 * - `fisher`: the true Fisher information, expectation over targets drawn from the model.
 * - `empirical-fisher`: mean of ∇ℓ_i ∇ℓ_iᵀ with the given targets.
 */
export const CURVATURE_KINDS = ["hessian", "gauss-newton", "fisher", "empirical-fisher"] as const;
export type CurvatureKind = (typeof CURVATURE_KINDS)[number];

/** What the stability of an update depends on beside the curvature; see `Optimizer` of `@eoss/sgd`. */
export interface UpdateRule {
  /** Eigenvalue of P^(−½)(H + w·I)P^(−½) above which a step overshoots more and more, e.g. 2/η. */
  readonly threshold: number;
  /** w, of a weight decay that acts through the gradient. */
  readonly decay: number;
}

/** The update of the training, as it stands before its next step. */
export interface Update {
  /** η of the next step. */
  readonly learningRate: number;
  /** Without, quantities that need the `update` are refused. */
  readonly rule?: UpdateRule;
}

/**
 * Some samples, and their share of all that are looked at.
 *
 * @experimental
 */
export interface IndexChunk {
  readonly indices: Int32Array;
  readonly weight: number;
}

/**
 * Makes products elsewhere; see `Executor`.
 *
 * @experimental
 */
export type Multiply = (
  chunks: readonly IndexChunk[],
  x: Float32Array,
  use: (product: Float32Array, chunk: IndexChunk) => void,
) => Promise<void>;

/** Which loss a view is of, and how it may be looked at. */
export interface ViewOptions {
  readonly set: "training" | "held-out";
  /** Whether to work in all d coordinates: no `reduced`, no `top`. So do views of all samples. */
  readonly plain: boolean;
  /** Makes the products of the Hessian, if the engine can hand them over; for all training samples. */
  readonly multiply?: Multiply | undefined;
  /** Is told of each chunk of the samples as the engine comes to it, if it goes through them in several. */
  readonly onChunk?: ((chunk: number, chunks: number) => void) | undefined;
}

/**
 * What is measured: a training loss at fixed parameters, and the batches that SGD draws from it. All
 * views of a problem have the same vector space.
 *
 * @typeParam V vectors of its engine
 * @experimental
 */
export interface Problem<V = unknown> {
  /** n, the number of training samples. */
  readonly samples: number;
  /** b, samples of a training batch. */
  readonly batchSize: number;
  /** Whether the loss of a sample depends on the others of its batch, as with batch normalisation. */
  readonly coupled?: boolean;
  /** Samples that training never sees, if there are any. */
  readonly heldOut?: { readonly samples: number };
  /** Indices of the batch that the next step takes. */
  readonly stepBatch?: Int32Array;
  readonly update?: Update;
  /**
   * What the problem lacks for outputs (`EngineView.outputs`, `tangentKernel` and the kinds of matrix
   * beside the Hessian), for the distance from its start (`initialParameters`) or for norms of matrices
   * (`shapes`), in words; undefined if nothing. Asked before anything is measured.
   */
  lacks(need: "outputs" | "initial-params" | "shapes", set: ViewOptions["set"]): string | undefined;
  /**
   * The mean loss of some samples, each known by its index; nothing is computed before it is asked for.
   * `measure` disposes it.
   */
  view(indices: Int32Array, options: ViewOptions): EngineView<V>;
}

/**
 * The loss of some samples at the parameters. Numbers may arrive later, in any order; vectors that are
 * made of others need not wait for one another. What is named by a getter belongs to the view and is made
 * once; what a function with arguments makes belongs to the caller. `@eoss/sharpness/testing` checks it.
 * @experimental
 */
export interface EngineView<V> {
  readonly samples: number;
  /** d, the number of parameters. */
  readonly dimension: number;
  readonly space: Space<V>;
  /** L(θ), without a gradient. */
  loss(): MaybePromise<number>;
  /** ∇L(θ), [d]; the view's. */
  gradient(): MaybePromise<V>;
  /** θ, [d]; the view's. */
  parameters(): MaybePromise<V>;
  /** θ with a random sign for each entry, [d]; the caller's. */
  signedParameters(stream: RandomStream): MaybePromise<V>;
  /** θ₀, where training began, [d]; the view's. */
  initialParameters?(): MaybePromise<V>;
  /**
   * A curvature matrix over all d parameters.
   *
   * @throws RangeError naming the kind, if it is not known
   */
  curvature(kind: CurvatureKind): Operator<V>;
  /** The same in fewer coordinates; all kinds have the same. `lift` makes a vector [d] of one of them. */
  reduced?(kind: CurvatureKind): MaybePromise<ReducedCurvature<V>>;
  lift?(x: V): V;
  /**
   * Top eigenpairs in the coordinates of `reduced`, by a way of the engine's own that is shorter than
   * `topPairs`, with an `errorKind` that says what its bounds are; undefined where it has none.
   */
  top?(kind: CurvatureKind, search: EngineSearch): Promise<TopPairs<V> | undefined>;
  /** Names of the parameter tensors, in order. */
  readonly layers?: readonly string[];
  /** Their shapes. */
  readonly shapes?: readonly (readonly number[])[];
  /** The diagonal block of a matrix that belongs to one of them. */
  layer?(kind: CurvatureKind, name: string): Operator<V> & { dispose(): void };
  /** Outputs and targets in parts; numbers, not vectors. */
  outputs?(): AsyncIterable<Outputs> | Iterable<Outputs>;
  /** K = J·Jᵀ over all outputs of the samples. */
  tangentKernel?(): MaybePromise<TangentKernel<V>>;
  /** P of the update rule as it stands; "not yet" before the first update of one that takes it from these. */
  preconditioner?(): MaybePromise<Preconditioner<V> | "identity" | "not yet">;
  /** p for a gradient g: the next step is η·p, −g for plain SGD; [d], the caller's. */
  updateDirection?(gradient: V): MaybePromise<V>;
  /** The same samples at θ + a·x; leaves this view as it is, and is disposed by itself. */
  shifted(x: V, a: number): EngineView<V>;
  dispose(): void;
}

/**
 * A matrix in reduced coordinates, with the gradient in them.
 *
 * @experimental
 */
export interface ReducedCurvature<V> extends Operator<V> {
  /** Qᵀ∇L, of the same norm as ∇L; the view's. */
  gradient(): MaybePromise<V>;
}

/**
 * What is asked of a search by an engine.
 *
 * @experimental
 */
export interface EngineSearch extends EigenSearch {
  /** Of a batch: whether a bound may rest on gaps between eigenvalues that were found (`assumed`). */
  readonly byGaps: boolean;
}

/** Rows of outputs and of targets, one for each observation: a sample, or a position of a sequence. */
export interface Outputs {
  readonly values: ArrayLike<number>;
  readonly targets: ArrayLike<number>;
  /** C, numbers in a row. */
  readonly classes: number;
  readonly samples: number;
  /** Share of these samples. */
  readonly weight: number;
}

/** @experimental */
export interface TangentKernel<V> extends Operator<V> {
  /** f(θ), [n]. */
  readonly outputs: ArrayLike<number>;
  dispose(): void;
}

/**
 * A diagonal matrix P > 0.
 *
 * @experimental
 */
export interface Preconditioner<V> {
  /** P^(−½)·x as a new vector. */
  inverseRoot(x: V): MaybePromise<V>;
}
