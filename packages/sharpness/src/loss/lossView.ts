// What a quantity is handed: a loss, with everything that quantities on the same samples share.
import type { MaybePromise } from "@eoss/eigen";
import type { TopPairs } from "../search/eigenSearch.js";
import type { CurvatureKind, Outputs, Preconditioner, TangentKernel } from "./engine.js";
import type { Operator, ReducedVector, Space, Vector } from "./space.js";

/**
 * The loss of some samples at the parameters, with curvature when it is asked for. Everything is
 * made at the first call and then shared, so that quantities on the same samples share its cost.
 *
 * Every number may come later: await it. Vectors are over all d parameters, whatever the coordinates that
 * the work is done in; those that the view gives are its own, and those that a quantity makes it releases
 * (`space.release`).
 */
export interface LossView {
  readonly samples: number;
  /** d, the number of parameters. */
  readonly dimension: number;
  /** What can be done with vectors; the same for all views of a problem. */
  readonly space: Space<Vector>;
  /** Loss alone: no gradient is made for it. */
  loss(): MaybePromise<number>;
  /** Whether loss and gradient are numbers: an eigensolver refuses what is not. */
  isFinite(): Promise<boolean>;
  /** ∇L. */
  gradient(): MaybePromise<Vector>;
  /** θ. */
  parameters(): MaybePromise<Vector>;
  /** θ₀, where training began; for quantities that need the `initial-params`. */
  initialParameters(): MaybePromise<Vector>;
  /** The Hessian over all d parameters. */
  hessian(): Operator<Vector>;
  /** A curvature matrix by its kind, over all d parameters. */
  curvature(kind: CurvatureKind): Operator<Vector>;
  /** Its top eigenpairs. The products are booked at the first call; later ones say 0. */
  top(kind: CurvatureKind): Promise<TopPairs<Vector>>;
  /** The curvature along the gradient, of the Hessian if left out; its product is booked at the first call. */
  alongGradient(kind?: CurvatureKind): Promise<GradientCurvature>;
  /** Bound on the rounding of the gradient; its product is booked at the first call. */
  gradientRounding(): Promise<GradientRounding>;
  /**
   * The matrix in coordinates of its own, which may be fewer: cheaper, for searches of eigenvalues. All
   * kinds of one view have the same coordinates.
   */
  reduced(kind: CurvatureKind): Promise<Operator<ReducedVector>>;
  /** A vector of the reduced coordinates as one over all d parameters. */
  lift(vector: ReducedVector): Vector;
  /** Names of the parameter tensors. @throws RangeError if the engine does not tell them apart */
  layers(): readonly string[];
  /** Their shapes. @throws RangeError if the engine does not tell them */
  shapes(): readonly (readonly number[])[];
  /** The diagonal block of one of them, reduced in its own way; the caller disposes it. */
  layer(kind: CurvatureKind, name: string): Operator<ReducedVector> & { dispose(): void };
  /** Outputs and targets in parts; for quantities that need the `outputs`. */
  outputs(): AsyncIterable<Outputs> | Iterable<Outputs>;
  /** The tangent kernel of the samples; the caller disposes it. */
  tangentKernel(): MaybePromise<TangentKernel<ReducedVector>>;
  /** P of the update rule; for quantities that need the `update`. */
  preconditioner(): MaybePromise<Preconditioner<Vector> | "identity" | "not yet">;
  /** The direction p that the update rule makes of a gradient; the next step is η·p. */
  updateDirection(gradient: Vector): MaybePromise<Vector>;
  /** The same samples at θ + a·x, a = 1 if left out; the caller disposes it. */
  shifted(x: Vector, a?: number): LossView;
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

export interface GradientRounding {
  readonly bound: number;
  readonly products: number;
}
