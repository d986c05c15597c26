/** Power iteration. */

import { roundingOf, tolerance } from "../certificates/convergence.js";
import { certify } from "../certificates/errorBounds.js";
import { MISSED, searchComplement, windowBeyond } from "../lanczos/complement.js";
import { countProducts, type LinearOperator } from "../operators/operator.js";
import { check, checkRange } from "../solver/error.js";
import { checkNames } from "../solver/names.js";
import { createRandom } from "../solver/random.js";
import { advice, interruption, record } from "../solver/report.js";
import type { EigenResult, HistoryEntry, Status } from "../solver/result.js";
import { rank, type Shared, type SolverSettings, sharedSettings } from "../solver/settings.js";
import type { AsyncSolver, SolveData, Solver } from "../solver/solver.js";
import { type Steps, wait } from "../solver/steps.js";
import { type AsyncVectorSpace, float64, type VectorSpace } from "../vectors/space.js";
import { startVector } from "../vectors/startVector.js";
import { solve, type VectorScope } from "../vectors/vectorScope.js";

/** Settings of `powerIteration`; one pair only, and not "both". */
export interface PowerSettings<S> extends SolverSettings {
  /** There is no other. */
  readonly k?: 1;
  /** Default `float64()`. */
  readonly space?: S;
}

/**
 * Power iteration: the baseline that every other solver has to beat.
 *
 *   v ← (A − σ·I)·v / ‖(A − σ·I)·v‖,   residual ‖A·v − θ·v‖ at no extra product
 *
 * σ starts at 0 and moves when the iteration settles on the wrong end of the spectrum: an
 * eigenvalue θ of largest magnitude and the wrong sign becomes the shift, which turns the other
 * end into the dominant one.
 *
 * It sees one direction at a time and cannot notice that an operator is not symmetric. A start may be
 * an eigenvector of another eigenvalue: after convergence from one, Lanczos looks for more wanted
 * ones in the complement.
 *
 * @see Kuczyński & Woźniakowski (1992) on how slowly it converges from a random start
 * @example
 * powerIteration({ rtol: 1e-8 })(denseOperator([[2, 1], [1, 2]])).values; // [3]
 */
export function powerIteration(settings?: PowerSettings<undefined>): Solver<Float64Array>;
export function powerIteration<V>(settings: PowerSettings<VectorSpace<V>>): Solver<V>;
export function powerIteration<V>(settings: PowerSettings<AsyncVectorSpace<V>>): AsyncSolver<V>;
export function powerIteration<V>(
  settings: PowerSettings<AsyncVectorSpace<V> | undefined> = {},
): AsyncSolver<V> {
  const shared = sharedSettings("powerIteration", settings);
  check(shared.k === 1, `powerIteration finds one pair, got k = ${shared.k}; use lanczos`);
  check(shared.which !== "both", "powerIteration finds one end; use lanczos for both");
  const space = settings.space ?? (float64() as unknown as AsyncVectorSpace<V>);
  return (operator, data = {}) => {
    checkNames("powerIteration()(operator, …)", data, "start");
    return solve(space, (scope) => iterate(operator, scope, shared, data));
  };
}

function* iterate<V>(
  operator: LinearOperator<V>,
  space: VectorScope<V>,
  settings: Shared,
  data: SolveData<V>,
): Steps<EigenResult<V>> {
  const products = countProducts(operator, space);
  const { n } = products;
  const { which, maxMatvecs } = settings;
  const random = createRandom(settings.seed);
  const history: HistoryEntry[] = [];
  let v = yield* startVector(data.start, n, space, random);
  /** Whether the start may have hidden what is wanted. */
  let isDoubtful = data.start !== undefined && n > 1;
  let shift = 0;
  let scale = 0;

  for (;;) {
    let w = yield* products.apply(v);
    const theta = yield* wait(space.dot(v, w));
    w = space.axpy(-theta, v, w);
    const residual = Math.sqrt(yield* wait(space.dot(w, w)));
    scale = Math.max(scale, Math.abs(theta), residual);
    checkRange(scale, products.spent, space.epsilon);
    const values = Float64Array.of(theta);
    const residuals = Float64Array.of(residual);
    record(settings, history, products.spent, values, residuals);

    const rounding = roundingOf(space, scale);
    const small = tolerance(settings, theta, scale, space);
    const wrongEnd = (which === "largest" && theta < 0) || (which === "smallest" && theta > 0);
    // Shifted by the extreme eigenvalue, whatever dominates is at the other end.
    const dominant = shift === 0 && wrongEnd && n > 1;
    const arrived = residual <= Math.max(small, rounding);
    // A random vector that is good enough as it is has not been chosen by the iteration.
    if (arrived && products.spent === 1 && n > 1) isDoubtful = true;
    let status: Status | undefined;
    if (arrived && !dominant) status = residual <= small ? "converged" : "rounding";
    else status = interruption(settings, products.spent);
    if (isDoubtful && arrived && !dominant && products.spent >= maxMatvecs) {
      status = "budget-spent";
    } else if (isDoubtful && arrived && !dominant) {
      isDoubtful = false;
      const found = yield* searchComplement(products, space, random, [v], scale, {
        ...settings,
        window: windowBeyond(which, values, Math.max(small, 8 * rounding)),
        symmetryTol: 1e-3,
        failure: MISSED,
      });
      const isNew = found.status === "converged" || found.status === "rounding";
      const [first, ...others] = rank(which, found.values).map((i) => found.vectors[i]!);
      for (const x of others) space.release(x);
      if (first !== undefined && isNew && products.spent < maxMatvecs) {
        isDoubtful = true;
        shift = 0;
        for (const x of [v, w]) space.release(x);
        v = first;
        continue;
      }
      if (found.status !== "converged") status = found.status;
      else if (first !== undefined) status = "budget-spent";
      if (first !== undefined) space.release(first);
    }
    if (status) {
      space.release(w);
      const message = advice(status, settings);
      return {
        // The nearest other eigenvalue is unknown, so there is no gap to bound the error with.
        ...certify(values, residuals, [0], rounding, n === 1),
        gapBounds: Float64Array.of(Infinity),
        angleBounds: Float64Array.of(1),
        vectors: [v],
        matvecs: products.spent,
        status,
        ...(message && { message }),
        ...(settings.history && { history }),
      };
    }
    if (arrived) {
      shift = theta;
      space.release(w);
      space.release(v);
      v = yield* startVector(undefined, n, space, random);
      continue;
    }
    // (A − σ·I)·v = (A·v − θ·v) + (θ − σ)·v, of norm √(r² + (θ − σ)²).
    w = space.axpy(theta - shift, v, w);
    const length = Math.sqrt(yield* wait(space.dot(w, w)));
    space.release(v);
    v = length > 0 ? space.scale(1 / length, w) : yield* startVector(undefined, n, space, random);
  }
}
