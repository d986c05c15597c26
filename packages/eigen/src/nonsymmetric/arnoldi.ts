/** Eigenpairs of operators that are not symmetric. */

import type { LinearOperator, SyncOperator } from "../operators/operator.js";
import { check } from "../solver/error.js";
import { checkNames } from "../solver/names.js";
import type { Status } from "../solver/result.js";
import { checkBasis, type SolverSettings, sharedSettings } from "../solver/settings.js";
import type { SolveData } from "../solver/solver.js";
import { type AsyncVectorSpace, float64, type VectorSpace } from "../vectors/space.js";
import { solve } from "../vectors/vectorScope.js";
import { krylovSchur } from "./krylovSchur.js";

/**
 * Which eigenvalues of an operator that need not be symmetric: largest |λ|, largest or smallest real
 * part, largest |imaginary part|.
 */
export type ArnoldiWhich = "magnitude" | "largest" | "smallest" | "imaginary";

/** Complex numbers re + i·im. */
export interface ComplexValues {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** One line of the history: the wanted Ritz values and their residuals after some products. */
export interface ArnoldiHistoryEntry {
  readonly matvecs: number;
  readonly values: ComplexValues;
  readonly residuals: Float64Array;
}

/** Settings of `arnoldi`. */
export interface ArnoldiSettings<S> extends Omit<SolverSettings, "which" | "onProgress"> {
  /** Default "magnitude". */
  readonly which?: ArnoldiWhich;
  /** Vectors kept at once, besides the one being multiplied; default 2k + 24, at least k + 12. */
  readonly basisSize?: number;
  /** Default `float64()`. */
  readonly space?: S;
  /** Called at every check. */
  readonly onProgress?: (entry: ArnoldiHistoryEntry) => void;
}

/** Approximate eigenpairs of an operator that need not be symmetric. */
export interface ArnoldiResult<V = Float64Array> {
  /** λ, the most wanted first; k of them, or k + 1 where the last is one of a complex pair. */
  readonly values: ComplexValues;
  /** v = re + i·im of unit 2-norm for each value; im is zero where the value is real. */
  readonly vectors: { readonly re: V; readonly im: V }[];
  /** ‖A·v − λ·v‖₂, by products made for it. */
  readonly residuals: Float64Array;
  /**
   * Residual and rounding: (λ, v) is an eigenpair of A + E with ‖E‖₂ at most this. It bounds |λ − λ'|
   * to an eigenvalue of A only if A is normal: otherwise an error may be larger by the condition of
   * the eigenvalue, without limit for a defective one.
   */
  readonly backwardErrors: Float64Array;
  /** Products with A, all of them. */
  readonly matvecs: number;
  readonly status: Status;
  /** What to change, when the status is not "converged". */
  readonly message?: string;
  /** Present when `history: true` was set. */
  readonly history?: ArnoldiHistoryEntry[];
}

/** A configured `arnoldi`. */
export interface ArnoldiSolver<V> {
  (operator: SyncOperator<V>, data?: SolveData<V>): ArnoldiResult<V>;
  (operator: LinearOperator<V>, data?: SolveData<V>): ArnoldiResult<V> | Promise<ArnoldiResult<V>>;
}

/** `arnoldi` over an `AsyncVectorSpace`. */
export type AsyncArnoldiSolver<V> = (
  operator: LinearOperator<V>,
  data?: SolveData<V>,
) => ArnoldiResult<V> | Promise<ArnoldiResult<V>>;

/** With less room beside k, restarts lose wanted eigenvalues for good, in one of four operators. */
const ROOM = 12;

/** How much each eigenvalue is wanted. */
const wishes: Record<ArnoldiWhich, (re: number, im: number) => number> = {
  magnitude: Math.hypot,
  largest: (re) => re,
  smallest: (re) => -re,
  imaginary: (_, im) => Math.abs(im),
};

/**
 * A few eigenpairs of a square operator that need not be symmetric, by the Krylov–Schur method.
 *
 *   A·V = V·H + v·bᵀ,   VᵀV = I,   restarted on an invariant subspace of H
 *
 * Real arithmetic throughout: complex pairs stay together, and their vectors are given as real and
 * imaginary parts. One start vector sees one vector of each eigenspace, as in `lanczos`. Residuals
 * prove eigenvalues, not that no better one was missed: that has no proof, and restarts with a small
 * basis can lose one (Embree 2009). With the default basis none of 300 random operators lost any, with
 * the least basis two.
 *
 * @returns a solver; not converging is said in `status`, never thrown
 * @throws EigenError on bad settings, vectors of the wrong length, or NaN
 * @see Stewart (2002), A Krylov–Schur algorithm for large eigenproblems; Lehoucq, Sorensen & Yang
 *   (1998), ARPACK Users' Guide; Embree (2009), The Arnoldi eigenvalue iteration with exact shifts can fail
 * @example
 * const turn = { n: 2, apply: ([x, y]) => Float64Array.of(-y, x) };
 * const { values } = arnoldi({ k: 2 })(turn);
 * values.re; // [0, 0]
 * values.im; // [1, -1]
 */
export function arnoldi(settings?: ArnoldiSettings<undefined>): ArnoldiSolver<Float64Array>;
export function arnoldi<V>(settings: ArnoldiSettings<VectorSpace<V>>): ArnoldiSolver<V>;
export function arnoldi<V>(settings: ArnoldiSettings<AsyncVectorSpace<V>>): AsyncArnoldiSolver<V>;
export function arnoldi<V>(
  settings: ArnoldiSettings<AsyncVectorSpace<V> | undefined> = {},
): AsyncArnoldiSolver<V> {
  const { which = "magnitude", basisSize, onProgress } = settings;
  const common = { ...settings, which: undefined } as unknown as SolverSettings;
  const shared = sharedSettings("arnoldi", common, "basisSize");
  const ends = Object.keys(wishes);
  check(ends.includes(which), `which must be one of ${ends}, got ${which}`);
  checkBasis(basisSize, shared.k + ROOM);
  const least = shared.k + 2;
  check(
    shared.maxMatvecs >= least,
    `maxMatvecs must be at least k + 2 = ${least}: the result is checked`,
  );
  const space = settings.space ?? (float64() as unknown as AsyncVectorSpace<V>);
  return (operator, data = {}) => {
    checkNames("arnoldi()(operator, …)", data, "start");
    const limits = { wish: wishes[which], basisSize, onProgress };
    return solve(space, (scope) => krylovSchur(operator, scope, shared, limits, data.start));
  };
}
