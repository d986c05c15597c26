/** Eigenvalues nearest to a number, by shift and invert. */

import { roundingOf, tolerance } from "../certificates/convergence.js";
import { symmetricEigen, transpose } from "../dense/symmetric.js";
import { solveShifted } from "../linear/shifted.js";
import { countProducts, type LinearOperator, type Products } from "../operators/operator.js";
import { check, EigenError } from "../solver/error.js";
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
import { run, type Steps, wait } from "../solver/steps.js";
import { checkedNorm } from "../vectors/checkedNorm.js";
import { type AsyncVectorSpace, float64, type VectorSpace } from "../vectors/space.js";
import { copiesOf, startVector } from "../vectors/startVector.js";
import { solve, type VectorScope } from "../vectors/vectorScope.js";
import { dots, rotate } from "../vectors/vectors.js";
import { lanczos } from "./lanczos.js";

/** Settings of `eigenvaluesNear`. */
export interface NearSettings<S> extends Omit<SolverSettings, "which" | "history" | "onProgress"> {
  /** σ: the eigenvalues nearest to it are wanted. */
  readonly sigma: number;
  /** Budget of products with A, those inside of the solves included; default 50,000. */
  readonly maxMatvecs?: number;
  /** Vectors that the outer iteration keeps; default 2k + 24, at most n. */
  readonly basisSize?: number;
  /** Default `float64()`. */
  readonly space?: S;
}

/** What `eigenvaluesNear` may be given beside the operator. */
export interface NearData<V, Operator = LinearOperator<V>> extends SolveData<V> {
  /** b ↦ (A − σ·I)⁻¹·b, by a factorisation or otherwise; default minimal residuals. */
  readonly solve?: Operator;
}

/** Eigenpairs near σ; residuals and bounds are those of A, by products with these vectors. */
export interface NearResult<V = Float64Array>
  extends Pick<
    EigenResult<V>,
    "values" | "vectors" | "residuals" | "errorBounds" | "status" | "message"
  > {
  /** Products with A, all of them, those inside of the solves included. */
  readonly matvecs: number;
  /** Solves with A − σ·I. */
  readonly solves: number;
}

/**
 * The k eigenvalues nearest to σ, wherever it lies in the spectrum, by shift-invert Lanczos.
 *
 *   (A − σ·I)⁻¹·v = v/(λ − σ)
 *
 * Each step is a linear solve, by `minres` unless `solve` is given. What comes out is judged by A
 * alone: values are Rayleigh quotients of A, residuals ‖A·v − θ·v‖ by products made for them, so that
 * an inexact solve costs accuracy that is seen, or steps. An eigenvalue of A lies within each bound.
 * That none nearer to σ was missed rests on the Krylov space of a random start, as in `lanczos`.
 *
 * @throws EigenError "singular" if σ is an eigenvalue of A to rounding: move it a little;
 *   "broken-contract" if `solve` does not solve; else as `lanczos`
 * @see Ericsson & Ruhe (1980), The spectral transformation Lanczos method
 * @example
 * eigenvaluesNear({ sigma: 2.2 })({ n: 3, apply: (x) => x.map((v, i) => v * (i + 1)) }).values // [2]
 */
export function eigenvaluesNear(
  settings: NearSettings<undefined>,
): Solver<Float64Array, NearData<Float64Array>, NearResult>;
export function eigenvaluesNear<V>(
  settings: NearSettings<VectorSpace<V>>,
): Solver<V, NearData<V>, NearResult<V>>;
export function eigenvaluesNear<V>(
  settings: NearSettings<AsyncVectorSpace<V>>,
): AsyncSolver<V, NearData<V>, NearResult<V>>;
export function eigenvaluesNear<V>(
  settings: NearSettings<AsyncVectorSpace<V> | undefined>,
): AsyncSolver<V, NearData<V>, NearResult<V>> {
  const { maxMatvecs = 50_000, basisSize, sigma } = settings;
  const shared = sharedSettings(
    "eigenvaluesNear",
    { ...settings, maxMatvecs },
    "sigma basisSize",
    "which history onProgress",
  );
  check(Number.isFinite(sigma), `sigma must be a number, got ${sigma}`);
  checkBasis(basisSize, shared.k + 1);
  check(maxMatvecs > 2 * shared.k, `maxMatvecs must be above 2k = ${2 * shared.k}`);
  const space = settings.space ?? (float64() as unknown as AsyncVectorSpace<V>);
  return (operator, data = {}) => {
    checkNames("eigenvaluesNear()(operator, …)", data, "start solve");
    return solve(space, (scope) => search(operator, scope, shared, sigma, basisSize, data));
  };
}

/** How often the outer iteration may be repeated with tighter tolerances. */
const PASSES = 4;

function* search<V>(
  operator: LinearOperator<V>,
  scope: VectorScope<V>,
  settings: Shared,
  sigma: number,
  basisSize: number | undefined,
  data: NearData<V>,
): Steps<NearResult<V>> {
  const { k, seed, signal, maxMatvecs } = settings;
  const products = countProducts(operator, scope);
  const { n } = products;
  checkPairs(k, n);
  check(!data.solve || data.solve.n === n, "solve has another size");
  const given = data.solve && countProducts(data.solve, scope, "solve.apply");
  let solves = 0;
  let scale = 0;
  // The last k + 1 products are those of the check.
  const stop = () => {
    if (signal?.aborted) return "aborted" as const;
    return products.spent + k + 2 >= maxMatvecs ? ("budget-spent" as const) : undefined;
  };
  const ended = { get aborted() { return stop() !== undefined; } } as AbortSignal; // biome-ignore format: one line

  // Relative residuals of the outer iteration, and of the solves beside it.
  // A loose search may settle on a neighbour of the nearest; each digit costs it a step or less.
  let outer = Math.min(settings.rtol, 1e-6);
  let ratio = 0.1;
  function* invert(b: V): Steps<V> {
    solves++;
    if (given) {
      const x = yield* given.apply(b);
      if (!((yield* wait(scope.dot(x, x))) < Infinity)) {
        const what = "solve gives NaN, or numbers whose squares overflow";
        throw new EigenError("singular", `${what}: σ = ${sigma} may be an eigenvalue of A`);
      }
      if (solves === 1) yield* checkSolve(products, scope, sigma, b, x);
      return x;
    }
    const rtol = Math.max(outer * ratio, 1e-15);
    const { x, r, scale: size } = yield* solveShifted(products, scope, sigma, b, rtol, stop);
    scale = Math.max(scale, size);
    scope.release(r);
    return x;
  }
  const inverted: LinearOperator<V> = { n, apply: (b) => run(invert(b)) };

  let start = data.start === undefined ? undefined : copiesOf(data.start, n, scope, "start");
  const probe = yield* startVector<V>(undefined, n, scope, createRandom(seed, 1));
  for (let pass = 0; ; pass++) {
    const inner = lanczos({
      k,
      which: "magnitude",
      rtol: outer,
      seed,
      space: scope,
      signal: ended,
      // The last solve of a budget may be anything; what comes of it is judged by A.
      symmetryTol: Infinity,
      ...(basisSize && { basisSize }),
    });
    const found = yield* wait(inner(inverted, start ? { start } : {}));
    for (const v of start ?? []) scope.release(v);
    const pairs = yield* rayleighRitz(products, scope, found.vectors, probe);
    scale = Math.max(scale, pairs.scale);
    const { values, vectors, residuals } = pairs;
    const excess = residuals.reduce(
      (most, r, i) => Math.max(most, r / tolerance(settings, values[i]!, scale, scope)),
      0,
    );
    let status: Status | undefined;
    if (values.length === k && excess <= 1) status = "converged";
    else if (stop()) status = stop();
    else if (residuals.every((r) => r <= roundingOf(scope, scale))) status = "rounding";
    else if (pass === PASSES || outer * ratio <= 1e-15) status = "stagnated";
    if (status) {
      scope.release(probe);
      const message =
        advice(status, settings) ??
        (k > 1 && k < products.n ? "copies of an eigenvalue may be missing" : undefined);
      return {
        values,
        vectors,
        residuals,
        errorBounds: residuals.map((r) => r + roundingOf(scope, scale)),
        matvecs: products.spent,
        solves,
        status,
        ...(message && { message }),
      };
    }
    outer = Math.max(outer / (10 * excess), 1e-14);
    // An eigenvalue next to σ drowns the others in what its solves leave.
    const distances = values.map((value) => Math.abs(value - sigma));
    ratio = Math.max(1e-8, (0.1 * Math.min(...distances)) / Math.max(...distances)) || 0.1;
    start = vectors;
  }
}

/**
 * Rayleigh quotients of A on the span of orthonormal vectors, which are consumed.
 *
 * @param probe a random unit vector, to see whether A is symmetric
 * @throws EigenError "not-symmetric"
 */
function* rayleighRitz<V>(products: Products<V>, space: AsyncVectorSpace<V>, basis: V[], probe: V) {
  const images: V[] = [];
  const opposite = yield* products.apply(probe);
  const expected = yield* dots(space, basis, opposite);
  const size = yield* checkedNorm(space, opposite, "A·z");
  space.release(opposite);
  const gram: Float64Array[] = [];
  for (const v of basis) {
    const image = yield* products.apply(v);
    const difference = Math.abs((yield* wait(space.dot(probe, image))) - expected[images.length]!);
    const most = Math.max(size, yield* checkedNorm(space, image, "A·v"));
    if (difference > 1e-3 * most) {
      throw new EigenError("not-symmetric", `the operator is not symmetric, by ${difference}`);
    }
    images.push(image);
    gram.push(yield* dots(space, basis, image));
  }
  const { values, vectors: turn } = symmetricEigen(gram);
  const vectors = rotate(space, basis, transpose(turn), values.length);
  const rests = rotate(space, images, transpose(turn), values.length);
  const residuals = new Float64Array(values.length);
  let scale = 0;
  for (const [i, image] of rests.entries()) {
    scale = Math.max(scale, yield* checkedNorm(space, image, "A·v"));
    const rest = space.axpy(-values[i]!, vectors[i]!, image);
    residuals[i] = Math.sqrt(yield* wait(space.dot(rest, rest)));
    space.release(rest);
  }
  return { values, vectors, residuals, scale };
}

/** Refuses a solve that gives something else than x with (A − σ·I)·x = b. */
function* checkSolve<V>(
  products: Products<V>,
  space: AsyncVectorSpace<V>,
  sigma: number,
  b: V,
  x: V,
): Steps<void> {
  const image = yield* products.apply(x);
  const [size, length, height] = [
    yield* checkedNorm(space, b, "b"),
    yield* checkedNorm(space, x, "what solve gives"),
    yield* checkedNorm(space, image, "A·x"),
  ];
  const rest = space.axpy(-1, b, space.axpy(-sigma, x, image));
  const error = (yield* checkedNorm(space, rest, "(A − σ·I)·x − b")) / size;
  space.release(rest);
  // Where x is large for its b, rounding of it is too.
  const rounding = roundingOf(space, height + Math.abs(sigma) * length);
  if (error <= 1e-2 || error * size <= rounding) return;
  throw new EigenError(
    "broken-contract",
    `solve does not invert A − σ·I with σ = ${sigma}: ‖(A − σ·I)·x − b‖ is ${error.toExponential(1)}·‖b‖`,
  );
}
