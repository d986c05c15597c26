/** f(A)·b by Lanczos, with an error bound. */

import { epsilonOf } from "../certificates/convergence.js";
import { identity } from "../dense/symmetric.js";
import { tridiagonalEigen } from "../dense/tridiagonal.js";
import {
  countProducts,
  type LinearOperator,
  type Products,
  type SyncOperator,
} from "../operators/operator.js";
import { checkEnds } from "../quadrature/ends.js";
import { checkDerivatives, type Derivatives, KNOWN } from "../quadrature/integral.js";
import { sensitivity } from "../quadrature/sensitivity.js";
import { check, checkCount, checkNumber, EigenError } from "../solver/error.js";
import { checkNames } from "../solver/names.js";
import { createRandom } from "../solver/random.js";
import { advice } from "../solver/report.js";
import type { Status } from "../solver/result.js";
import type { MaybePromise, Steps } from "../solver/steps.js";
import { type AsyncVectorSpace, float64, type VectorSpace } from "../vectors/space.js";
import { copiesOf } from "../vectors/startVector.js";
import { solve, type VectorScope } from "../vectors/vectorScope.js";
import { normalize } from "../vectors/vectors.js";
import { type EndSearch, startEndSearch } from "./endSearch.js";
import { type Ritz, remainder, unseen } from "./remainder.js";
import { startSequence } from "./sequence.js";

/** Settings of `applyFunction`. */
export interface FunctionSettings<S = undefined> {
  /** Error relative to ‖f(A)·b‖ that is small enough; default 1e-6. */
  readonly rtol?: number;
  /** Absolute error that is small enough; default 0. */
  readonly atol?: number;
  /** Budget of products; default 1000. */
  readonly maxMatvecs?: number;
  /** Vectors that are kept, default 100; each one beyond costs a second product. */
  readonly basisSize?: number;
  /** No eigenvalue is less; default: found from a random start, with probability 99.9 %. */
  readonly lowerEnd?: number;
  /** No eigenvalue is more; likewise. */
  readonly upperEnd?: number;
  /** Signs of the higher derivatives of f; known of Math.log, Math.sqrt and Math.exp. */
  readonly derivatives?: Derivatives;
  /** Seed of the random start; default 0. */
  readonly seed?: number;
  /** Default `float64()`. */
  readonly space?: S;
}

/** y ≈ f(A)·b. */
export interface FunctionResult<V = Float64Array> {
  readonly vector: V;
  /** ‖y − f(A)·b‖₂ is at most this, rounding included, if the spectrum lies between the ends. */
  readonly error: number;
  /** The ends: as given, or with probability 99.9 % each over the random start. */
  readonly lowerEnd: number;
  readonly upperEnd: number;
  readonly status: Status;
  /** What to change, when the status is not "converged". */
  readonly message?: string;
  readonly matvecs: number;
}

/** Evaluates f(A)·b; a synchronous operator gives a result, an asynchronous one a promise. */
export interface FunctionSolver<V> {
  (operator: SyncOperator<V>, b: V): FunctionResult<V>;
  (operator: LinearOperator<V>, b: V): MaybePromise<FunctionResult<V>>;
}

/** The same over an `AsyncVectorSpace`. */
export type AsyncFunctionSolver<V> = (
  operator: LinearOperator<V>,
  b: V,
) => MaybePromise<FunctionResult<V>>;

/**
 * A function of an operator, applied to a vector: exp, square root, logarithm, any f.
 *
 *   f(A)·b ≈ ‖b‖·V·f(T)·e₁   after m Lanczos steps from b
 *
 * Polynomials that agree with f at the Ritz values θ leave the error ‖b‖·δ(A)·v, where v is the next
 * Lanczos vector and δ a multiple of the divided difference f[θ₁, …, θ_m, λ],
 *
 *   δ(λ) = β·Σⱼ s_mj·s_1j·(f(θⱼ) − f(λ))/(θⱼ − λ),   ‖error‖ ≤ ‖b‖·max |δ(λ)|  over the spectrum
 *
 * The maximum is at an end of the spectrum if the derivatives of f keep their signs, and is otherwise
 * taken over a grid; what polynomials of degree 128 cannot follow of f is added. For 1/x it is the residual over λmin.
 *
 * @param f of an eigenvalue
 * @throws EigenError "not-finite" if f is not finite at a Ritz value; "bad-setting" if a Ritz value lies
 *   beyond a given end
 * @see Druskin & Knizhnerman (1989), Two polynomial methods of calculating functions of symmetric
 *   matrices; Chen, Greenbaum, Musco & Musco (2022), Error bounds for Lanczos-based matrix function
 *   approximation
 */
export function applyFunction(
  f: (lambda: number) => number,
  settings?: FunctionSettings<undefined>,
): FunctionSolver<Float64Array>;
export function applyFunction<V>(
  f: (lambda: number) => number,
  settings: FunctionSettings<VectorSpace<V>>,
): FunctionSolver<V>;
export function applyFunction<V>(
  f: (lambda: number) => number,
  settings: FunctionSettings<AsyncVectorSpace<V>>,
): AsyncFunctionSolver<V>;
export function applyFunction<V>(
  f: (lambda: number) => number,
  settings: FunctionSettings<AsyncVectorSpace<V> | undefined> = {},
): AsyncFunctionSolver<V> {
  checkNames(
    "applyFunction",
    settings,
    "rtol atol maxMatvecs basisSize lowerEnd upperEnd derivatives seed space",
  );
  check(typeof f === "function", "applyFunction takes a function of an eigenvalue");
  const {
    rtol = 1e-6,
    atol = 0,
    maxMatvecs = 1000,
    basisSize = 100,
    lowerEnd = -Infinity,
    upperEnd = Infinity,
    derivatives = KNOWN.get(f),
    seed = 0,
    space = float64() as unknown as AsyncVectorSpace<V>,
  } = settings;
  checkNumber("rtol", rtol, 0);
  checkNumber("atol", atol, 0);
  checkCount("maxMatvecs", maxMatvecs);
  checkCount("basisSize", basisSize);
  checkNumber("upperEnd", upperEnd, lowerEnd);
  checkDerivatives(derivatives);
  const known = { f, rtol, atol, maxMatvecs, basisSize, lowerEnd, upperEnd, derivatives, seed };
  return (operator, b) => solve(space, (scope) => evaluate(operator, b, scope, known));
}

type Known = Required<Omit<FunctionSettings, "derivatives" | "space">> & {
  readonly f: (lambda: number) => number;
  readonly derivatives: Derivatives | undefined;
};

/** Steps from a random vector before its ends are asked for. */
const FIRST_STEPS = 8;

function* evaluate<V>(
  operator: LinearOperator<V>,
  b: V,
  space: VectorScope<V>,
  known: Known,
): Steps<FunctionResult<V>> {
  const { rtol, atol, maxMatvecs, basisSize, derivatives } = known;
  const products = countProducts(operator, space);
  const [copy] = copiesOf([b], products.n, space, "the vector");
  const { vector, norm } = yield* normalize(space, copy!);
  check(norm < Infinity, "the vector is not finite");
  let { lowerEnd, upperEnd } = known;
  if (norm === 0) {
    return { vector, error: 0, lowerEnd, upperEnd, status: "converged", matvecs: 0 };
  }
  const given = lowerEnd > -Infinity && upperEnd < Infinity;
  const random = createRandom(known.seed, 8);
  const search = given ? undefined : yield* startEndSearch(products, space, random);
  if (search) yield* lengthen(search, FIRST_STEPS, products, known);

  const sequence = startSequence(vector, basisSize, products, space);
  const { diagonal, offDiagonal } = sequence;
  let status: Status = "budget-spent";
  let error = Infinity;
  let lacksEnds = false;
  for (let next = 1; ; ) {
    const budget = () => maxMatvecs - products.spent - Math.max(0, diagonal.length - basisSize - 1);
    while (diagonal.length < next && offDiagonal.at(-1) !== 0 && (budget() > 0 || next === 1)) {
      yield* sequence.step();
    }
    const m = diagonal.length;
    const ritz = ritzOf(diagonal, offDiagonal);
    const ends = search?.ends();
    const rounding = Math.max(sequence.rounding(), ends?.rounding ?? 0);
    const least = Math.min(ritz.values[m - 1]!, ends?.least ?? Infinity);
    const most = Math.max(ritz.values[0]!, ends?.most ?? -Infinity);
    checkEnds(known, least, most, rounding);
    // Nodes that refute a probable end (one search in a thousand) push it out.
    lowerEnd = Math.max(known.lowerEnd, Math.min(ends?.lowerEnd ?? -Infinity, least));
    upperEnd = Math.min(known.upperEnd, Math.max(ends?.upperEnd ?? Infinity, most));
    const f = (x: number) => known.f(Math.min(Math.max(x, known.lowerEnd), known.upperEnd));
    const images = ritz.values.map(f);
    if (!images.every(Number.isFinite)) {
      throw new EigenError(
        "not-finite",
        `f is not finite between ${least} and ${most}, which the spectrum spans`,
      );
    }
    const size = Math.sqrt(images.reduce((sum, y, j) => sum + (ritz.first[j]! * y) ** 2, 0));
    const floor = (from: number, to: number) =>
      Math.sqrt(m) * sensitivity(f, [from, to, ...ritz.values], rounding, epsilonOf(space));
    const rest = (from: number, to: number) =>
      remainder(ritz, known.f, from, to, rounding, derivatives);
    const wanted = Math.max(rtol * size, atol / norm);
    let outer = rest(lowerEnd, upperEnd) + floor(lowerEnd, upperEnd);
    // Costs more than the rest, and is left to where it decides.
    if (outer <= wanted) outer += unseen(ritz, f, lowerEnd, upperEnd, derivatives);
    error = norm * (Number.isNaN(outer) ? Infinity : outer);
    if (outer <= wanted) {
      status = "converged";
      break;
    }
    // What this sequence could show if the ends were known better.
    const inside = [Math.max(least, known.lowerEnd), Math.min(most, known.upperEnd)] as const;
    const left = [rest(...inside), floor(...inside)] as const;
    const searchable = search && !search.closed && search.steps < basisSize;
    lacksEnds = !given && left[0] + left[1] <= wanted;
    const isLost = lacksEnds && !searchable && !(outer < Infinity);
    const atRounding = offDiagonal.at(-1) === 0 || (left[1] > wanted && left[0] < left[1]);
    if (budget() <= 0 || isLost || (atRounding && !(searchable && lacksEnds))) {
      if (atRounding && !lacksEnds) status = "rounding";
      error += norm * unseen(ritz, f, lowerEnd, upperEnd, derivatives);
      break;
    }
    if (searchable && lacksEnds) yield* lengthen(search, search.steps >> 3 || 1, products, known);
    else next = m + (m >> 3 || 1);
  }
  search?.release();
  const sum = yield* sequence.combine(coefficients(diagonal, offDiagonal, known, norm));
  if (sum.drift > 1e-6) {
    // Products that differ from call to call.
    status = "stagnated";
    error = Infinity;
  }
  let advised = advice(status, { rtol, maxMatvecs }, "basisSize");
  if (lacksEnds)
    advised =
      "the ends of the spectrum are not known well enough: set lowerEnd and upperEnd, or raise basisSize";
  else if (error === Infinity)
    advised =
      "nothing bounds f between the ends of the spectrum: set lowerEnd and upperEnd, or derivatives";
  return {
    vector: sum.vector,
    error,
    lowerEnd,
    upperEnd,
    status,
    ...(status !== "converged" && { message: advised! }),
    matvecs: products.spent,
  };
}

function* lengthen<V>(
  search: EndSearch,
  steps: number,
  products: Products<V>,
  { maxMatvecs, basisSize }: Known,
): Steps<void> {
  for (let i = 0; i < steps && !search.closed && search.steps < basisSize; i++) {
    if (search.steps > 0 && products.spent >= maxMatvecs) return;
    yield* search.step();
  }
}

function ritzOf(diagonal: number[], offDiagonal: number[]): Ritz {
  const m = diagonal.length;
  const first = new Float64Array(m);
  const last = new Float64Array(m);
  first[0] = last[m - 1] = 1;
  const values = tridiagonalEigen(diagonal, offDiagonal, [first, last]);
  return { values, first, last, beta: offDiagonal[m - 1]! };
}

/** ‖b‖·f(T)·e₁. */
function coefficients(
  diagonal: number[],
  offDiagonal: number[],
  { f, lowerEnd, upperEnd }: Known,
  norm: number,
): Float64Array {
  const rows = identity(diagonal.length);
  const values = tridiagonalEigen(diagonal, offDiagonal, rows);
  const scaled = values.map(
    (x, j) => norm * f(Math.min(Math.max(x, lowerEnd), upperEnd)) * rows[0]![j]!,
  );
  return Float64Array.from(rows, (row) => row.reduce((sum, s, j) => sum + s * scaled[j]!, 0));
}
