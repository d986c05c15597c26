import { type Arena, solve } from "./arena.js";
import { check, checkNames, checkNumber } from "./error.js";
import type { LanczosSettings } from "./lanczos.js";
import { countProducts, type LinearOperator, type Products } from "./operator.js";
import type { EigenResult, ProbableBound } from "./result.js";
import { checkBasis, sharedSettings } from "./settings.js";
import type { AsyncSolver, Solver } from "./solver.js";
import { type AsyncVectorSpace, float64, type VectorSpace } from "./space.js";
import type { Steps } from "./steps.js";
import { type Goal, type Limits, thickRestart } from "./thickRestart.js";
import { axpys, dots } from "./vectors.js";

/** Settings of `eigenvaluesAbove`: those of `lanczos`, with a threshold instead of k and an end. */
export interface ThresholdSettings<S> extends Omit<LanczosSettings<S>, "k" | "which" | "history"> {
  /** τ: every eigenvalue above it is wanted; for SGD with step size η, τ = 2/η. */
  readonly threshold: number;
  /**
   * Search the complement of what was found, from a random start, until nothing above τ is left
   * there: finds repeated eigenvalues and what a warm start has hidden. Default true.
   */
  readonly verify?: boolean;
}

/** The eigenpairs above the threshold; none at all is a result too. */
export interface ThresholdResult<V> extends EigenResult<V> {
  /** Upper bound, with its probability, of every eigenvalue that is not in the result. */
  readonly remainder?: ProbableBound;
}

/**
 * All eigenvalues above a threshold, however many they are.
 *
 *   { λᵢ : λᵢ > τ }
 *
 * Lanczos runs until each Ritz value above τ has converged and the interval of the next one lies
 * below τ. Then, unless `verify` is off, it runs in the orthogonal complement of the pairs found
 * until that shows nothing above τ. Track a spectrum by passing the last `vectors` as `start`.
 */
export function eigenvaluesAbove(
  settings: ThresholdSettings<undefined>,
): Solver<Float64Array, { start?: Float64Array[] }, ThresholdResult<Float64Array>>;
export function eigenvaluesAbove<V>(
  settings: ThresholdSettings<VectorSpace<V>>,
): Solver<V, { start?: V[] }, ThresholdResult<V>>;
export function eigenvaluesAbove<V>(
  settings: ThresholdSettings<AsyncVectorSpace<V>>,
): AsyncSolver<V, { start?: V[] }, ThresholdResult<V>>;
export function eigenvaluesAbove<V>(
  settings: ThresholdSettings<AsyncVectorSpace<V> | undefined>,
): AsyncSolver<V, { start?: V[] }, ThresholdResult<V>> {
  const { threshold, basisSize, symmetryTol = 1e-3, certify = 0.01, verify = true } = settings;
  check(Number.isFinite(threshold), `threshold must be a number, got ${threshold}`);
  const own = "threshold basisSize symmetryTol certify witness verify";
  const shared = sharedSettings("eigenvaluesAbove", settings, own, "k which history");
  checkBasis(basisSize, 2);
  checkNumber("symmetryTol", symmetryTol, 0);
  const space = settings.space ?? (float64() as unknown as AsyncVectorSpace<V>);
  const limits: Limits = { basisSize, symmetryTol, certify };
  const count = (values: Float64Array) => values.filter((value) => value > threshold).length;
  // Seen from a random start, the rest lies below τ when its best pair has converged there, or
  // when λmax itself does with the probability asked for. A warm start only looks for changes.
  const goal: Goal = (value, residual, _, settled, upper) =>
    upper <= threshold || (settled && value + residual <= threshold);

  function* search(
    operator: LinearOperator<V>,
    space: Arena<V>,
    start?: V[],
  ): Steps<ThresholdResult<V>> {
    const products = countProducts(operator, space);
    // An empty list is the result of a search that found nothing: the next one starts cold.
    const warm = start && start.length > 0 ? start : undefined;
    let found = yield* thickRestart(products, space, shared, limits, count, goal, warm);
    // A cold search that found nothing has already looked everywhere.
    if (!warm && found.values.length === 0) return withRemainder(found, found);
    while (verify && found.status === "converged" && found.values.length < products.n) {
      const maxMatvecs = shared.maxMatvecs - products.spent;
      if (maxMatvecs < 1) return { ...found, status: "budget-spent" };
      // Mirrored at τ, the pairs that were found lie below it.
      const below = 2 * threshold - (found.values[0] ?? threshold);
      const rest = complement(products, space, found.vectors, below);
      // Another start each time: what a repeated eigenvalue showed of the last one has been found.
      const seed = shared.seed + 1 + found.values.length;
      const again = { ...shared, seed, maxMatvecs: products.spent + maxMatvecs };
      const more = yield* thickRestart(rest, space, again, limits, count, goal, undefined);
      found = merge(found, more, products.spent);
      if (more.values.length === 0) return withRemainder(found, more);
    }
    return found;
  }
  return (operator, data = {}) => {
    checkNames("eigenvaluesAbove()(operator, …)", data, "start");
    return solve(space, (arena) => search(operator, arena, data.start));
  };
}

function withRemainder<V>(found: EigenResult<V>, last: EigenResult<V>): ThresholdResult<V> {
  const { upperBound: _, ...rest } = found;
  return { ...rest, ...(last.upperBound && { remainder: last.upperBound }) };
}

/** P·A·P + below·QQᵀ with P = I − QQᵀ: the directions q are moved to an eigenvalue of no interest. */
function complement<V>(
  products: Products<V>,
  space: AsyncVectorSpace<V>,
  q: readonly V[],
  below: number,
): Products<V> {
  return {
    n: products.n,
    get spent() {
      return products.spent;
    },
    *apply(x) {
      if (q.length === 0) return yield* products.apply(x);
      const along = yield* dots(space, q, x);
      const inside = axpys(
        space,
        along.map((c) => -c),
        q,
        space.copy(x),
      );
      const product = yield* products.apply(inside);
      space.release(inside);
      const leak = yield* dots(space, q, product);
      return axpys(
        space,
        along.map((c, i) => below * c - leak[i]!),
        q,
        product,
      );
    },
  };
}

function merge<V>(a: EigenResult<V>, b: EigenResult<V>, matvecs: number): EigenResult<V> {
  const pairs = [a, b].flatMap((result) =>
    Array.from(result.values, (_, i) => ({ result, i, value: result.values[i]! })),
  );
  pairs.sort((x, y) => y.value - x.value);
  const pick = (key: "values" | "residuals" | "errorBounds" | "gapBounds" | "angleBounds") =>
    Float64Array.from(pairs, ({ result, i }) => result[key][i]!);
  const message = a.message ?? b.message;
  return {
    values: pick("values"),
    vectors: pairs.map(({ result, i }) => result.vectors[i]!),
    residuals: pick("residuals"),
    errorBounds: pick("errorBounds"),
    gapBounds: pick("gapBounds"),
    angleBounds: pick("angleBounds"),
    boundKinds: pairs.map(({ result, i }) => result.boundKinds[i]!),
    matvecs,
    status: a.status === "converged" ? b.status : a.status,
    ...(message && { message }),
  };
}
