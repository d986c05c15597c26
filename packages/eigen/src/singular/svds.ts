/** Extremal singular triplets. */

import { check, checkNumber } from "../solver/error.js";
import type { HistoryEntry, Status } from "../solver/result.js";
import { checkBasis, type SolverSettings, sharedSettings } from "../solver/settings.js";
import { type AsyncVectorSpace, float64, type VectorSpace } from "../vectors/space.js";
import { solve } from "../vectors/vectorScope.js";
import { bidiagonalize, type Limits } from "./bidiagonalize.js";
import {
  countBothProducts,
  type RectangularOperator,
  type SyncRectangularOperator,
} from "./rectangular.js";

/** Settings of `svds`. */
export interface SvdsSettings<S> extends Omit<SolverSettings, "which"> {
  /** Default "largest". */
  readonly which?: "largest" | "smallest";
  /** Vectors kept at once on each side; default 2k + 24, at most min(m, n). */
  readonly basisSize?: number;
  /** Largest |⟨A·x, y⟩ − ⟨x, Aᵀ·y⟩| on unit vectors, relative to ‖A‖; default 1e-3. */
  readonly adjointTol?: number;
  /**
   * Whether to search on from fresh random directions until a search adds nothing, so that all copies
   * of repeated values are found; default false. Costs about as many products again for each copy.
   */
  readonly repeated?: boolean;
  /** Default `float64()`. */
  readonly space?: S;
}

/** Approximate singular triplets, and how far each can be trusted. */
export interface SingularResult<V = Float64Array> {
  /** σ, [k], descending; the j-th largest never lies above the j-th largest singular value. */
  readonly values: Float64Array;
  /** u, k × [m], orthonormal. */
  readonly left: V[];
  /** v, k × [n], orthonormal. */
  readonly right: V[];
  /** √(‖A·v − σ·u‖² + ‖Aᵀ·u − σ·v‖²), [k], in the 2-norm. */
  readonly residuals: Float64Array;
  /** [k]: a singular value of A lies within this distance of σ: the residual and rounding. */
  readonly errorBounds: Float64Array;
  /** Products with A and with Aᵀ, together. */
  readonly matvecs: number;
  /** Of these, products with Aᵀ. */
  readonly transposedMatvecs: number;
  readonly status: Status;
  /** What to change, when the status is not "converged"; remarks otherwise. */
  readonly message?: string;
  /** Present when `history: true` was set. */
  readonly history?: HistoryEntry[];
}

/** A configured `svds`. */
export interface SvdsSolver<V> {
  (operator: SyncRectangularOperator<V>): SingularResult<V>;
  (operator: RectangularOperator<V>): SingularResult<V> | Promise<SingularResult<V>>;
}

/** `svds` over an `AsyncVectorSpace`. */
export type AsyncSvdsSolver<V> = (
  operator: RectangularOperator<V>,
) => SingularResult<V> | Promise<SingularResult<V>>;

/**
 * The largest or smallest singular values of an m × n operator, with vectors of both sides, by
 * Golub–Kahan–Lanczos bidiagonalisation with thick restart.
 *
 *   A·v = σ·u,   Aᵀ·u = σ·v,   a product with A and one with Aᵀ a step
 *
 * AᵀA is never formed, so small singular values are right to ε·‖A‖ and not to √ε·‖A‖: principal
 * components need no covariance. The iteration runs on the side of min(m, n), where every 0 that it
 * finds is a singular value. The largest converge fast; the smallest of an ill-conditioned operator
 * take many products, and the status says so when they did not suffice.
 *
 * One start vector sees one vector of each singular space. A space that closes is followed by random
 * directions until they add nothing. Where it converges before it closes, copies of a repeated value
 * may be missed, and the message says so; `repeated: true` looks for them.
 *
 * @returns a solver; not converging is said in `status`, never thrown
 * @throws EigenError on bad settings, vectors of the wrong length, NaN; "not-adjoint" if
 *   `applyTransposed` is not the transpose of `apply`
 * @see Baglama & Reichel (2005), Augmented implicitly restarted Lanczos bidiagonalization methods
 * @example svds({ k: 2 })(denseRectangular([[3, 0], [0, 2], [0, 0]])).values // [3, 2]
 */
export function svds(settings?: SvdsSettings<undefined>): SvdsSolver<Float64Array>;
export function svds<V>(settings: SvdsSettings<VectorSpace<V>>): SvdsSolver<V>;
export function svds<V>(settings: SvdsSettings<AsyncVectorSpace<V>>): AsyncSvdsSolver<V>;
export function svds<V>(
  settings: SvdsSettings<AsyncVectorSpace<V> | undefined> = {},
): AsyncSvdsSolver<V> {
  const shared = sharedSettings("svds", settings, "basisSize adjointTol repeated");
  const { basisSize, adjointTol = 1e-3, repeated = false } = settings;
  const space = settings.space ?? (float64() as unknown as AsyncVectorSpace<V>);
  const { k, which } = shared;
  check(/est$/.test(which), `which must be "largest" or "smallest", got ${which}`);
  checkNumber("maxMatvecs", shared.maxMatvecs, 2);
  checkNumber("adjointTol", adjointTol, 0);
  checkBasis(basisSize, k + 1);
  return (operator) =>
    solve(space, function* (scope) {
      const products = countBothProducts(operator, scope);
      const { forward, backward } = products;
      const least = Math.min(forward.n, backward.n);
      check(k <= least, `k = ${k} singular values of a ${forward.n} × ${backward.n} operator`);
      const limits: Limits = {
        size: Math.min(least, basisSize ?? 2 * k + 24),
        adjointTol,
        repeated,
      };
      const tall = backward.n <= forward.n;
      const { left, right, ...found } = yield* bidiagonalize(
        tall ? products : { forward: backward, backward: forward },
        scope,
        shared,
        limits,
      );
      return {
        ...found,
        ...(tall ? { left, right } : { left: right, right: left }),
        matvecs: forward.spent + backward.spent,
        transposedMatvecs: backward.spent,
      };
    });
}
