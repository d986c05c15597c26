/** Extremal eigenpairs, each eigenvalue as often as it occurs. */

import { roundingOf, tolerance } from "../certificates/convergence.js";
import { certify } from "../certificates/errorBounds.js";
import { countProducts, type LinearOperator } from "../operators/operator.js";
import { checkNumber, checkProbability } from "../solver/error.js";
import { checkNames } from "../solver/names.js";
import { createRandom } from "../solver/random.js";
import { advice } from "../solver/report.js";
import type { EigenResult, Status } from "../solver/result.js";
import {
  checkBasis,
  checkPairs,
  type Shared,
  type SolverSettings,
  sharedSettings,
} from "../solver/settings.js";
import type { AsyncSolver, SolveData, Solver } from "../solver/solver.js";
import type { Steps } from "../solver/steps.js";
import { locallyOptimal } from "../subspace/locallyOptimal.js";
import { type AsyncVectorSpace, float64, type VectorSpace } from "../vectors/space.js";
import { solve, type VectorScope } from "../vectors/vectorScope.js";
import { searchComplement, windowBeyond } from "./complement.js";
import { type Limits, thickRestart } from "./thickRestart.js";

/** Settings of `lanczosWithCopies`. */
export interface CopiesSettings<S> extends SolverSettings {
  /** Probability with which nothing is missing; default 0.999. */
  readonly probability?: number;
  /** Vectors kept at once, besides the one being multiplied; default 2k + 24, at most n. */
  readonly basisSize?: number;
  /** Default `float64()`. */
  readonly space?: S;
  /** Largest |uᵀAv − vᵀAu| on unit vectors, relative to ‖A‖, before an error; default 1e-3. */
  readonly symmetryTol?: number;
}

/** The wanted pairs, each eigenvalue as often as it occurs. */
export interface CopiesResult<V> extends EigenResult<V> {
  /**
   * With this probability no eigenvalue is missing that is more wanted than the last of these by more
   * than its tolerance; present where the search has come to its end.
   */
  readonly probability?: number;
  /**
   * With the same probability A, restricted to the complement of these vectors, has no eigenvalue outside
   * of this window; an end that was not asked for is infinite. Absent where no complement is left.
   */
  readonly remainder?: { readonly lower: number; readonly upper: number };
}

/**
 * The k extremal eigenpairs, each eigenvalue as often as it occurs.
 *
 *   A·v = λ·v, with multiplicities
 *
 * One start vector sees one vector of each eigenspace, so that `lanczos` may give the next eigenvalue
 * in place of a copy. This goes on: fresh Gaussian vectors search the complement of what was found,
 * until none of its eigenvalues is more wanted than the last one found, with the probability asked
 * for; what they find is joined by Rayleigh–Ritz with A. It costs at least one more search, about as
 * many products as the first eigenvalue takes.
 *
 * @returns a solver; not converging is said in `status`, never thrown
 * @throws EigenError as `lanczos`
 * @see Parlett (1998), The Symmetric Eigenvalue Problem, §13.1 on copies; `lanczos({ certify })` for
 *   the probability
 * @example
 * const twice = { n: 20, apply: (x) => x.map((v, i) => v * Math.ceil((i + 1) / 2)) };
 * lanczosWithCopies({ k: 3 })(twice).values; // [10, 10, 9]
 */
export function lanczosWithCopies(
  settings?: CopiesSettings<undefined>,
): Solver<Float64Array, SolveData<Float64Array>, CopiesResult<Float64Array>>;
export function lanczosWithCopies<V>(
  settings: CopiesSettings<VectorSpace<V>>,
): Solver<V, SolveData<V>, CopiesResult<V>>;
export function lanczosWithCopies<V>(
  settings: CopiesSettings<AsyncVectorSpace<V>>,
): AsyncSolver<V, SolveData<V>, CopiesResult<V>>;
export function lanczosWithCopies<V>(
  settings: CopiesSettings<AsyncVectorSpace<V> | undefined> = {},
): AsyncSolver<V, SolveData<V>, CopiesResult<V>> {
  const shared = sharedSettings("lanczosWithCopies", settings, "probability basisSize symmetryTol");
  const { probability = 0.999, basisSize, symmetryTol = 1e-3 } = settings;
  checkProbability("probability", probability);
  checkBasis(basisSize, shared.k + 2);
  checkNumber("symmetryTol", symmetryTol, 0);
  const space = settings.space ?? (float64() as unknown as AsyncVectorSpace<V>);
  const plan = { ...shared, basisSize, symmetryTol, probability };
  return (operator, data = {}) => {
    checkNames("lanczosWithCopies()(operator, …)", data, "start");
    return solve(space, (scope) => search(operator, scope, plan, data.start));
  };
}

function* search<V>(
  operator: LinearOperator<V>,
  space: VectorScope<V>,
  plan: Shared & Limits & { readonly probability: number },
  start: V | readonly V[] | undefined,
): Steps<CopiesResult<V>> {
  const { k, which, maxMatvecs, probability } = plan;
  const products = countProducts(operator, space);
  const { n } = products;
  checkPairs(k, n);
  const random = createRandom(plan.seed, 8);
  const first = yield* thickRestart(products, space, plan, plan, start);
  const { history } = first;
  let { vectors, values, residuals } = first;
  let status: Status = first.status;
  let scale = Math.max(...values.map(Math.abs));
  let drift = Math.max(...first.errorBounds.map((bound, i) => bound - residuals[i]!));
  // Whose product with a random vector is 0 is the zero operator.
  let isComplete = k === n || scale === 0;
  let remainder: CopiesResult<V>["remainder"];

  for (let round = 1; status === "converged" && !isComplete; round++) {
    const edges = which === "both" ? [Math.ceil(k / 2) - 1, Math.ceil(k / 2)] : [...values.keys()];
    const slack = Math.max(
      4 * roundingOf(space, scale),
      ...edges.filter((i) => i < k).map((i) => tolerance(plan, values[i]!, scale, space)),
    );
    const found = yield* searchComplement(products, space, random, vectors, scale, {
      ...plan,
      window: windowBeyond(which, values, slack),
      // All searches together fail with the probability asked for: Σ 6/(π·i)² = 1.
      failure: ((1 - probability) * 6) / (Math.PI * round) ** 2,
    });
    scale = Math.max(scale, found.scale);
    status = found.status;
    isComplete = status === "converged" && found.vectors.length === 0;
    if (isComplete) remainder = found.bounds;
    if (found.vectors.length === 0) break;
    const basis = [...vectors, ...found.vectors];
    if (products.spent + basis.length > maxMatvecs) {
      for (const v of found.vectors) space.release(v);
      status = "budget-spent";
      break;
    }
    const images: V[] = [];
    for (const x of basis) images.push(yield* products.apply(x));
    const joined = yield* locallyOptimal({ basis, images }, products, space, {
      ...plan,
      size: k,
      scale,
      allowed: (theta, norm) => tolerance(plan, theta, norm, space),
    });
    for (const image of joined.images) space.release(image);
    // The most wanted come first there; here values descend.
    const order = [...joined.values.keys()].sort((i, j) => joined.values[j]! - joined.values[i]!);
    values = Float64Array.from(order, (i) => joined.values[i]!);
    residuals = Float64Array.from(order, (i) => joined.residuals[i]!);
    vectors = order.map((i) => joined.basis[i]!);
    drift = joined.rounding;
    scale = Math.max(scale, joined.scale);
    if (status === "converged") status = joined.status;
  }

  const message = advice(status, plan, "basisSize");
  return {
    ...certify(values, residuals, [...values.keys()], drift, k === n),
    vectors,
    matvecs: products.spent,
    status,
    ...(message && { message }),
    ...(isComplete && { probability: k === n ? 1 : probability }),
    ...(remainder && { remainder }),
    ...(history && { history }),
  };
}
