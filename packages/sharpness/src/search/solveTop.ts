import {
  type EigenResult,
  float32,
  type LinearOperator,
  lanczos,
  type Status,
  symmetricEigen,
} from "@eoss/eigen";
import type { RandomStream } from "@eoss/rng";
import { MATRIX_ERROR } from "../loss/rounding.js";
import { checkLengths, norm } from "../loss/vectors.js";
import type { Reading } from "../registry/quantity.js";
import type { ErrorKind } from "./errorKind.js";

/** Part of the start vector that is random: nothing is missed by starting close to an old answer. */
const RANDOM_PART = 0.1;
/**
 * In so few dimensions the whole matrix is made, a product a column. A Hessian so small often splits
 * into blocks, and a search that starts in one of them may see nothing of the others.
 */
export const FEW = 16;
/**
 * The residual, relative to θ, is at most half the tolerance and at most this; the error of θ goes
 * with its square.
 */
const LARGEST_RESIDUAL = 0.01;
/** The residual, relative to θ, of the second pair is at most the tolerance and at most this. */
const LARGEST_WITNESS = 0.02;
export const MAX_PRODUCTS = 500;

/** Residual, relative to θ, that is good enough. */
export function relativeResidual({ tolerance }: Pick<EigenSearch, "tolerance">): number {
  return Math.min(tolerance / 2, LARGEST_RESIDUAL);
}

/**
 * A residual proves that some eigenvalue is near θ, not that it is the top one. The residual of the
 * second pair, relative to θ, must be as small as this before the first is believed: without, 4 of 50
 * tracked and 6 of 201 fresh searches on a trained network settled on a neighbour 1 to 6 % below; with,
 * 0 and 1. At a tolerance of 0.2 % 11 of 400 settled on one within 2 % of λmax that a second pair known
 * to 2 % did not tell from it; 1 did with a second pair known to 0.2 %.
 */
function witnessResidual({ tolerance }: Pick<EigenSearch, "tolerance">): number {
  return Math.min(tolerance, LARGEST_WITNESS);
}

export interface EigenSearch {
  readonly tolerance: number;
  readonly stream: RandomStream;
  /** Awaited after each product. */
  readonly pause: () => Promise<void>;
  /** Whether eigenvalues are certified, see `topPairs`; default true. */
  readonly certify?: boolean | undefined;
  /** Eigenpairs wanted, at most n; default 1. */
  readonly count?: number;
  /** Default "largest", the most positive; "both" alternates between the two ends. */
  readonly which?: "largest" | "both";
  /**
   * Rounding of a product, absolute, where it is more than that of the operator's own size: the
   * operator is the difference of larger ones. It is part of the bounds; residuals below it are good
   * enough.
   */
  readonly rounding?: number;
}

/** What is multiplied; products may take their time. Its vectors are of type V. */
export interface SymmetricOperator<V extends Float32Array = Float32Array> {
  readonly n: number;
  readonly apply: (x: V, out: V) => void | Promise<void>;
}

/** What a search looks at. */
export interface SearchedOperator<V extends Float32Array = Float32Array>
  extends SymmetricOperator<V> {
  readonly loss: number;
  readonly gradient: ArrayLike<number>;
}

/** The top eigenpairs of a matrix; value and error bound are those of the first. */
export interface TopPairs<V extends Float32Array = Float32Array> extends Reading {
  /** Descending. */
  readonly values: readonly number[];
  readonly errorBounds: readonly number[];
  /** Unit vectors; none if the loss is not finite. */
  readonly vectors: readonly V[];
  /** ‖A·v − θ·v‖ of the first pair, with rounding. */
  readonly residual: number;
  /**
   * Sine of the angle between the first vector and its eigenspace, at most: residual over gap. The
   * gap is to the next Ritz value, which holds as far as no eigenvalue between has been missed.
   */
  readonly angleBound: number;
}

/**
 * Top eigenpairs by Lanczos, to residuals ‖A·v − θ·v‖ of at most 1 % of θ; not certified.
 *
 * θ is a Rayleigh quotient and so never above λmax; an eigenvalue lies within the error bound of θ.
 * That it is λmax is likely, and no probability is known: see `witness` of `lanczos`. On 904 Hessians of
 * 16 training runs, each with two streams, λmax lay outside of the bound in 10 of 1,808 searches from the
 * eigenvector before, of 7.0 products.
 *
 * @param guesses of the top eigenvectors, any norm; their directions are summed, and a random one
 *   is added; without any, the start is random
 */
export async function solveTop<V extends Float32Array = Float32Array>(
  operator: SymmetricOperator<V>,
  guesses: ReadonlyArray<ArrayLike<number>>,
  { tolerance, stream, pause, count = 1, which = "largest", rounding = 0 }: EigenSearch,
): Promise<TopPairs<V>> {
  // Whatever the vectors are of, those that are found are of the same.
  const pausing = withPauses(operator, pause) as LinearOperator<Float32Array>;
  if (operator.n <= FEW) {
    return (await wholeMatrix(pausing, which, count, rounding)) as TopPairs<V>;
  }
  const solve = lanczos({
    k: Math.min(count, operator.n),
    which,
    rtol: relativeResidual({ tolerance }),
    witness: witnessResidual({ tolerance }),
    maxMatvecs: MAX_PRODUCTS,
    space: float32(),
    ...roughly(rounding),
  });
  const found = await solve(pausing, { start: startVector(guesses, stream, operator.n) });
  const bounds = Array.from(found.errorBounds, (bound) => bound + rounding);
  return pairsOf(found, bounds, "uncertified") as TopPairs<V>;
}

/** Residuals at the rounding of products are good enough, and asymmetry is nothing else. */
export const roughly = (rounding: number) =>
  rounding > 0 && { atol: rounding, symmetryTol: Number.POSITIVE_INFINITY };

/** What a solver has found, with bounds on its eigenvalues that may be others than its residuals. */
export function pairsOf(
  found: EigenResult<Float32Array>,
  errorBounds: readonly number[],
  errorKind: ErrorKind,
): TopPairs {
  return {
    value: found.values[0]!,
    errorBound: errorBounds[0]!,
    values: [...found.values],
    errorBounds,
    vectors: found.vectors,
    residual: found.errorBounds[0]!,
    angleBound: found.angleBounds[0]!,
    errorKind,
    products: found.matvecs,
    status: isResolved(found.status) ? "converged" : "budget-spent",
  };
}

/** The operator, with a pause after each product. */
export function withPauses<V extends Float32Array>(
  operator: SymmetricOperator<V>,
  pause: EigenSearch["pause"],
): LinearOperator<V> {
  return {
    n: operator.n,
    async apply(x, out) {
      await operator.apply(x, out);
      await pause();
    },
  };
}

/** What ends at the rounding of float32 is as good as it gets, and its bound says how good. */
function isResolved(status: Status): boolean {
  return status === "converged" || status === "rounding";
}

async function wholeMatrix(
  { n, apply }: LinearOperator<Float32Array>,
  which: EigenSearch["which"],
  count: number,
  rounding: number,
): Promise<TopPairs> {
  const columns: Float32Array[] = [];
  for (let k = 0; k < n; k++) {
    const unit = new Float32Array(n);
    unit[k] = 1;
    const column = new Float32Array(n);
    await apply(unit, column);
    columns.push(column);
  }
  const rows = columns.map((column, i) =>
    Float64Array.from(column, (x, j) => (x + columns[j]![i]!) / 2),
  );
  const { values, vectors } = symmetricEigen(rows);
  const wanted = Math.min(count, n);
  const upper = which === "both" ? Math.ceil(wanted / 2) : wanted;
  const chosen = [...values.keys()].filter((k) => k < upper || k >= n - (wanted - upper));
  const bound = MATRIX_ERROR * Math.max(...values.map(Math.abs)) + rounding;
  const gap = n > 1 ? values[0]! - values[1]! : Number.POSITIVE_INFINITY;
  return {
    value: values[0]!,
    errorBound: bound,
    values: chosen.map((k) => values[k]!),
    errorBounds: chosen.map(() => bound),
    vectors: chosen.map((k) => Float32Array.from(vectors[k]!)),
    residual: bound,
    angleBound: Math.min(1, bound / Math.max(gap, Number.MIN_VALUE)),
    errorKind: "certified",
    products: n,
    status: "converged",
  };
}

/** The sum of the directions, and a random one. */
export function startVector(
  guesses: ReadonlyArray<ArrayLike<number>>,
  stream: RandomStream,
  n: number,
): Float32Array {
  // Signs are cheap, and enough beside a guess. Alone they may be at right angles to an eigenvector.
  if (guesses.length === 0) return stream.normals(n);
  const start = stream.signs(n).map((sign) => (RANDOM_PART * sign) / Math.sqrt(n));
  for (const guess of guesses) {
    checkLengths(guess, start);
    const length = norm(guess);
    if (length > 0) for (let i = 0; i < n; i++) start[i]! += guess[i]! / length;
  }
  return start;
}
