/** Extremal eigenpairs of an operator that changes slowly. */

import { countProducts } from "../operators/operator.js";
import { checkNumber, checkProbability } from "../solver/error.js";
import { checkNames } from "../solver/names.js";
import { createRandom } from "../solver/random.js";
import type { EigenResult } from "../solver/result.js";
import { checkBasis, checkPairs, type SolverSettings, sharedSettings } from "../solver/settings.js";
import type { AsyncSolver, Solver } from "../solver/solver.js";
import { wait } from "../solver/steps.js";
import { type AsyncVectorSpace, float64, type VectorSpace } from "../vectors/space.js";
import { startVector } from "../vectors/startVector.js";
import { solve } from "../vectors/vectorScope.js";
import { thickRestart } from "./thickRestart.js";

/** Settings of `track`; always the largest eigenvalues. */
export interface TrackSettings<S> extends Omit<SolverSettings, "which"> {
  /**
   * How far λmax may lie above its value, and how large residuals may be, relative to |θ|; default
   * 0.02.
   */
  readonly rtol?: number;
  /**
   * Vectors kept at once, besides the one being multiplied; default 2k + 200, at most n. A search that
   * needs more products restarts, which takes more of them; the certificate is the same.
   */
  readonly basisSize?: number;
  /** δ: λmax lies above `upperBound` with a probability of at most this; default 0.01. */
  readonly certify?: number;
  /** Default `float64()`. */
  readonly space?: S;
  /** Largest |uᵀAv − vᵀAu| on unit vectors, relative to ‖A‖, before an error; default 1e-3. */
  readonly symmetryTol?: number;
}

/** What a search of a sequence starts from. */
export interface TrackData<V> {
  /** The result for the operator before; without it the search begins anew. Not changed. */
  readonly previous?: Pick<TrackResult<V>, "vectors" | "searches">;
}

/** The top pairs of one operator of a sequence. */
export interface TrackResult<V> extends EigenResult<V> {
  /** How many searches of the sequence there have been, this one included. */
  readonly searches: number;
}

/** Length of the old vector beside a Gaussian one, relative to the expected length of that. */
const OLD_PART = 3;
/** Without an old vector only the stated probability protects from a miss: δ is so much smaller. */
const STRICTER = 0.1;

/**
 * The top eigenpairs of an operator that changes a little from call to call, as a Hessian does while
 * a network trains.
 *
 *   start = 3·√n·(v₁ + … + v_k of the call before)/‖·‖ + z,   z ~ N(0, I)
 *
 * The old vectors find the pairs in few products; the Gaussian part certifies them: λmax lies below
 * `upperBound` with a probability of at least 1 − δ, as in `lanczos({ certify })`, because the part
 * of z along any eigenvector is a standard normal variate wherever the old vectors point. That is
 * the probability for the worst old vectors. Good ones make a miss rarer by far, how much is not
 * known. Each call draws another z, so that a miss does not last.
 *
 * An eigenvalue lies within `errorBounds` of each value, for certain; `upperBound` less the first
 * value is by how much λmax may be larger. The first call of a sequence has no old vectors and takes
 * δ/10.
 *
 * @example
 * const hessianAt = (step) => ({ n: 50, apply: (x) => x.map((v, i) => v * (i + step)) });
 * const follow = track({ rtol: 1e-6 });
 * let top = follow(hessianAt(0));
 * top = follow(hessianAt(0.1), { previous: top });
 * top.values; // [49.1]
 * @throws EigenError as `lanczos`
 */
export function track(
  settings?: TrackSettings<undefined>,
): Solver<Float64Array, TrackData<Float64Array>, TrackResult<Float64Array>>;
export function track<V>(
  settings: TrackSettings<VectorSpace<V>>,
): Solver<V, TrackData<V>, TrackResult<V>>;
export function track<V>(
  settings: TrackSettings<AsyncVectorSpace<V>>,
): AsyncSolver<V, TrackData<V>, TrackResult<V>>;
export function track<V>(
  settings: TrackSettings<AsyncVectorSpace<V> | undefined> = {},
): AsyncSolver<V, TrackData<V>, TrackResult<V>> {
  const { rtol = 0.02, certify = 0.01, symmetryTol = 1e-3, basisSize } = settings;
  checkProbability("certify", certify);
  checkNumber("symmetryTol", symmetryTol, 0);
  const own = "basisSize certify symmetryTol";
  const shared = sharedSettings("track", { ...settings, rtol }, own, "which");
  const { k } = shared;
  checkBasis(basisSize, k + 1);
  const space = settings.space ?? (float64() as unknown as AsyncVectorSpace<V>);
  return (operator, data = {}) => {
    checkNames("track()(operator, …)", data, "previous");
    const { vectors = [], searches = 0 } = data.previous ?? {};
    const limits = {
      basisSize,
      symmetryTol,
      certify: vectors.length > 0 ? certify : STRICTER * certify,
    };
    return solve(space, function* (scope) {
      const products = countProducts(operator, scope);
      const { n } = products;
      checkPairs(k, n);
      const random = createRandom(shared.seed, searches);
      let start = scope.random(n, random);
      if (vectors.length > 0) {
        const old = yield* startVector(vectors, n, scope, random);
        start = scope.axpy(OLD_PART * Math.sqrt(n), old, start);
        scope.release(old);
      }
      const length = Math.sqrt(yield* wait(scope.dot(start, start)));
      const found = yield* thickRestart(products, scope, shared, limits, start, length);
      scope.release(start);
      return { ...found, searches: searches + 1 };
    });
  };
}
