// Top eigenpairs without certificate, and what all searches have in common.
import {
  type AsyncVectorSpace,
  type EigenResult,
  type LinearOperator,
  lanczos,
  type MaybePromise,
  type Status,
  symmetricEigen,
} from "@eoss/eigen";
import type { RandomStream } from "@eoss/rng";
import { MATRIX_ERROR } from "../loss/rounding.js";
import { arrays, basisOf, multiply, type Space, solversOf } from "../loss/space.js";
import type { EigenSearch, TopPairs } from "./eigenSearch.js";
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

/**
 * What is multiplied; products may take their time. Its vectors are of type V: typed arrays of single
 * precision, unless it has a space of others.
 */
export interface SymmetricOperator<V = Float32Array> {
  readonly n: number;
  readonly space?: Space<V>;
  // biome-ignore lint/suspicious/noConfusingVoidType: an operator that fills `out` returns nothing
  apply(x: V, out: V): MaybePromise<V | void>;
}

/** The space of an operator's vectors. */
export function spaceOf<V>({ space }: Pick<SymmetricOperator<V>, "space">): Space<V> {
  return space ?? (arrays() as unknown as Space<V>);
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
export async function solveTop<V = Float32Array>(
  operator: SymmetricOperator<V>,
  guesses: readonly V[],
  search: EigenSearch,
): Promise<TopPairs<V>> {
  const { tolerance, stream, count = 1, which = "largest", rounding = 0 } = search;
  const space = spaceOf(operator);
  if (operator.n <= FEW) return wholeMatrix(operator, space, search);
  const solve = lanczos({
    k: Math.min(count, operator.n),
    which,
    rtol: relativeResidual({ tolerance }),
    witness: witnessResidual({ tolerance }),
    maxMatvecs: MAX_PRODUCTS,
    space: solversOf(space),
    ...basisOf(space, count),
    ...roughly(rounding),
  });
  const start = await startVector(space, guesses, stream, operator.n);
  const found = await solve(withPauses(operator, search.pause), { start });
  space.release(start);
  const bounds = Array.from(found.errorBounds, (bound) => bound + rounding);
  return pairsOf(found, bounds, "uncertified");
}

/** Residuals at the rounding of products are good enough, and asymmetry is nothing else. */
export const roughly = (rounding: number) =>
  rounding > 0 && { atol: rounding, symmetryTol: Number.POSITIVE_INFINITY };

/** What a solver has found, with bounds on its eigenvalues that may be others than its residuals. */
export function pairsOf<V>(
  found: EigenResult<V>,
  errorBounds: readonly number[],
  errorKind: ErrorKind,
): TopPairs<V> {
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
export function withPauses<V>(
  operator: SymmetricOperator<V>,
  pause: EigenSearch["pause"],
): LinearOperator<V> {
  return {
    n: operator.n,
    async apply(x, out) {
      const product = await operator.apply(x, out);
      await pause();
      return product;
    },
  };
}

/** What ends at the rounding of float32 is as good as it gets, and its bound says how good. */
function isResolved(status: Status): boolean {
  return status === "converged" || status === "rounding";
}

async function wholeMatrix<V>(
  operator: SymmetricOperator<V>,
  space: Space<V>,
  { which, count = 1, rounding = 0, pause }: EigenSearch,
): Promise<TopPairs<V>> {
  const { n } = operator;
  const { apply } = withPauses(operator, pause);
  const solvers = solversOf(space);
  const units = Array.from({ length: n }, (_, k) => {
    const unit = new Float32Array(n);
    unit[k] = 1;
    return space.from(unit);
  });
  const columns: ArrayLike<number>[] = [];
  for (const unit of units) {
    const column = await multiply({ n, space, apply }, unit, solvers);
    columns.push(await dots(solvers, units, column));
    space.release(column);
  }
  for (const unit of units) space.release(unit);
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
    vectors: chosen.map((k) => space.from(vectors[k]!)),
    residual: bound,
    angleBound: Math.min(1, bound / Math.max(gap, Number.MIN_VALUE)),
    errorKind: "certified",
    products: n,
    status: "converged",
  };
}

async function dots<V>(
  space: AsyncVectorSpace<V>,
  xs: readonly V[],
  y: V,
): Promise<ArrayLike<number>> {
  return space.dots ? space.dots(xs, y) : Promise.all(xs.map((x) => space.dot(x, y)));
}

/** The sum of the directions, and a random one; the caller's. */
export async function startVector<V>(
  space: Space<V>,
  guesses: readonly V[],
  stream: RandomStream,
  n: number,
): Promise<V> {
  // Signs are cheap, and enough beside a guess. Alone they may be at right angles to an eigenvector.
  if (guesses.length === 0) return space.normals(n, stream);
  let start = space.scale(RANDOM_PART / Math.sqrt(n), space.signs(n, stream));
  for (const guess of guesses) {
    checkSize(space, guess, n);
    const length = Math.sqrt(await space.dot(guess, guess));
    if (length > 0) start = space.axpy(1 / length, guess, start);
  }
  return start;
}

/** @throws RangeError for a guess of other coordinates: no sum over both means anything */
function checkSize<V>(space: Space<V>, guess: V, n: number): void {
  const size = space.size?.(guess) ?? n;
  if (size === n) return;
  throw new RangeError(
    `vectors of ${size} and ${n} entries lie in different coordinates: take gradient() and the vectors of top(), which are over all parameters, and lift() what is found in reduced ones`,
  );
}
