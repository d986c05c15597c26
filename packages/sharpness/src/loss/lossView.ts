import type { OutputChunk, ParameterTree } from "@eoss/hvp";
import type { TopPairs } from "../search/solveTop.js";
import type { FullOperator, FullVector, ReducedOperator, ReducedVector } from "./coordinates.js";

/**
 * - `hessian`: H = ∇²L.
 * - `gauss-newton`: G, mean of J_iᵀ(∂²ℓ_i/∂f²)J_i.
 * - `fisher`: the true Fisher information, expectation over targets drawn from the model.
 * - `empirical-fisher`: mean of ∇ℓ_i ∇ℓ_iᵀ with the given targets.
 */
export type CurvatureKind = "hessian" | "gauss-newton" | "fisher" | "empirical-fisher";

/**
 * The loss of some samples at the parameters, with curvature when it is asked for. Everything is
 * made at the first call and then shared, so that quantities on the same samples share its cost.
 *
 * Vectors are over all d parameters, whatever the coordinates that the work is done in.
 */
export interface LossView {
  readonly samples: number;
  /** θ, where the loss is looked at. */
  readonly params: ParameterTree;
  /** d, the number of parameters. */
  readonly dimension: number;
  /** Loss alone: no gradient is made for it. */
  loss(): number;
  /** Whether loss and gradient are numbers: an eigensolver refuses what is not. */
  isFinite(): boolean;
  /** ∇L, [d]. */
  gradient(): Float64Array;
  /** The Hessian over all d parameters. */
  hessian(): FullOperator;
  /** A curvature matrix by its kind, over all d parameters. */
  curvature(kind: CurvatureKind): FullOperator;
  /**
   * Its top eigenpairs. The products are booked at the first call; later ones say 0. The vectors are
   * [d], and made when they are first looked at.
   */
  top(kind: CurvatureKind): Promise<TopPairs>;
  /** The curvature along the gradient; its product is booked at the first call. */
  alongGradient(): GradientCurvature;
  /**
   * The matrix in coordinates of its own, which may be fewer: cheaper, for searches of eigenvalues. All
   * kinds of one view have the same coordinates.
   */
  reduced(kind: CurvatureKind): ReducedOperator;
  /** A vector of the reduced coordinates as one over all d parameters. */
  lift(vector: ReducedVector): Float32Array;
  /** The diagonal block of one parameter tensor, reduced in its own way; the caller disposes it. */
  layer(kind: CurvatureKind, name: string): ReducedOperator & { dispose(): void };
  /** Outputs and targets in parts that fit into memory; disposed with the view. */
  outputChunks(): readonly OutputChunk<ParameterTree>[];
  /** The same samples at θ + displacement, [d]; the caller disposes it. */
  shifted(displacement: FullVector): LossView;
  dispose(): void;
}

/** gᵀHg and ‖g‖² of one loss, and the products that were needed now. */
export interface GradientCurvature {
  readonly quadratic: number;
  /** What rounding may have made of it: relative to ‖g‖·‖Hg‖, however small gᵀHg is. */
  readonly rounding: number;
  readonly square: number;
  readonly products: number;
}
