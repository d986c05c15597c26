/** Subspace iteration with Chebyshev filters. */

import { epsilonOf, roundingOf, tolerance } from "../certificates/convergence.js";
import { certifyBlock } from "../certificates/errorBounds.js";
import { symmetricEigen, transpose } from "../dense/symmetric.js";
import { tridiagonalEigen } from "../dense/tridiagonal.js";
import { MISSED, searchComplement, windowBeyond } from "../lanczos/complement.js";
import { extend, startKrylov } from "../lanczos/krylov.js";
import { countProducts, type LinearOperator, type Products } from "../operators/operator.js";
import { check, checkCount, checkNumber, EigenError } from "../solver/error.js";
import { checkNames } from "../solver/names.js";
import { createRandom, type Random } from "../solver/random.js";
import { advice, interruption, record } from "../solver/report.js";
import type { EigenResult, HistoryEntry, Status } from "../solver/result.js";
import {
  checkPairs,
  rank,
  type Shared,
  type SolverSettings,
  sharedSettings,
} from "../solver/settings.js";
import type { AsyncSolver, SolveData, Solver } from "../solver/solver.js";
import { type Steps, wait } from "../solver/steps.js";
import { checkGram, orthonormalize, startBlock } from "../vectors/block.js";
import { type AsyncVectorSpace, float64, type VectorSpace } from "../vectors/space.js";
import { startVector } from "../vectors/startVector.js";
import { solve, type VectorScope } from "../vectors/vectorScope.js";
import { dots, rotate } from "../vectors/vectors.js";

/** Settings of `chebyshevSubspace`. */
export interface ChebyshevSettings<S> extends SolverSettings {
  /** Degree of the filter: products for each vector of the block in one iteration; default 10. */
  readonly degree?: number;
  /** Vectors iterated together; default k + max(2, ⌈k/2⌉). */
  readonly blockSize?: number;
  /** Default `float64()`. */
  readonly space?: S;
  /** Largest |uᵀAv − vᵀAu| on unit vectors, relative to ‖A‖, before an error; default 1e-3. */
  readonly symmetryTol?: number;
}

/** What a filtered iteration may be given: usually parts of the result for a nearby operator. */
export interface ChebyshevData<V> extends SolveData<V> {
  /** Bounds of the whole spectrum; estimated by a short Lanczos run if absent. */
  readonly interval?: readonly [lower: number, upper: number];
}

/** An eigenresult with what the next solve of a sequence can start from. */
export interface ChebyshevResult<V> extends EigenResult<V> {
  /** The whole orthonormal block: the `start` of the next solve. */
  readonly subspace: V[];
  /** Estimated bounds of the spectrum: the `interval` of the next solve. */
  readonly interval: readonly [lower: number, upper: number];
}

/**
 * Subspace iteration with a Chebyshev filter, for sequences of slowly changing operators.
 *
 *   X ← p(A)·X, orthonormalised, Rayleigh–Ritz;   p = T_d mapped to stay small on [a, b]
 *
 * The filter damps the unwanted interval and grows as fast as any polynomial outside of it. All
 * vectors are filtered alike, which needs no dot product: that suits parallel and device operators.
 *
 * @see Zhou, Saad, Tiago & Chelikowsky (2006), Self-consistent-field calculations using
 *   Chebyshev-filtered subspace iteration
 * @example
 * const counts = { n: 50, apply: (x) => x.map((v, i) => v * (i + 1)) };
 * chebyshevSubspace({ k: 2, rtol: 1e-8 })(counts).values; // [50, 49]
 */
export function chebyshevSubspace(
  settings?: ChebyshevSettings<undefined>,
): Solver<Float64Array, ChebyshevData<Float64Array>, ChebyshevResult<Float64Array>>;
export function chebyshevSubspace<V>(
  settings: ChebyshevSettings<VectorSpace<V>>,
): Solver<V, ChebyshevData<V>, ChebyshevResult<V>>;
export function chebyshevSubspace<V>(
  settings: ChebyshevSettings<AsyncVectorSpace<V>>,
): AsyncSolver<V, ChebyshevData<V>, ChebyshevResult<V>>;
export function chebyshevSubspace<V>(
  settings: ChebyshevSettings<AsyncVectorSpace<V> | undefined> = {},
): AsyncSolver<V, ChebyshevData<V>, ChebyshevResult<V>> {
  const shared = sharedSettings("chebyshevSubspace", settings, "degree blockSize symmetryTol");
  const { k } = shared;
  const { degree = 10, blockSize = k + Math.max(2, Math.ceil(k / 2)) } = settings;
  const { symmetryTol = 1e-3 } = settings;
  checkCount("degree", degree);
  checkCount("blockSize", blockSize);
  checkNumber("symmetryTol", symmetryTol, 0);
  check(blockSize >= k, `blockSize must be at least k = ${k}, got ${blockSize}`);
  check(
    shared.which === "largest" || shared.which === "smallest",
    `chebyshevSubspace finds "largest" or "smallest", got ${shared.which}; use lanczos`,
  );
  // A block, and the ten products that estimate the interval.
  check(shared.maxMatvecs >= blockSize + 10, "maxMatvecs must be at least blockSize + 10");
  const space = settings.space ?? (float64() as unknown as AsyncVectorSpace<V>);
  return (operator, data = {}) => {
    checkNames("chebyshevSubspace()(operator, …)", data, "start interval");
    const limits = { degree, blockSize, symmetryTol };
    return solve(space, (scope) => iterate(operator, scope, shared, limits, data));
  };
}

function* iterate<V>(
  operator: LinearOperator<V>,
  space: VectorScope<V>,
  settings: Shared,
  { degree, blockSize, symmetryTol }: { degree: number; blockSize: number; symmetryTol: number },
  data: ChebyshevData<V>,
): Steps<ChebyshevResult<V>> {
  const products = countProducts(operator, space);
  const { n } = products;
  const { k, which } = settings;
  checkPairs(k, n);
  const p = Math.min(n, blockSize);
  const random = createRandom(settings.seed);
  const history: HistoryEntry[] = [];
  const epsilon = epsilonOf(space);
  /** An orthonormal block; vectors that are parallel to others are replaced. */
  function* filled(candidates: V[]): Steps<V[]> {
    const xs = yield* orthonormalize(space, candidates, [], 1e-10);
    if (xs.length >= p) return xs;
    return [...xs, ...(yield* startBlock<V>(undefined, p - xs.length, n, space, random, xs))];
  }
  let block = yield* startBlock(data.start, p, n, space, random);
  /** Whether the start may have hidden what is wanted. */
  const isDoubtful = data.start !== undefined;
  let [lower, upper] = data.interval ?? [0, 0];
  check(lower <= upper && upper - lower < Infinity, "interval must be [lower, upper], finite");
  // For a block that is all of space, one Rayleigh–Ritz step is exact and needs no filter.
  if (!data.interval && p < n) [lower, upper] = yield* estimateInterval(products, space, random);

  for (;;) {
    let images: V[] = [];
    for (const x of block) images.push(yield* products.apply(x));
    const gram: Float64Array[] = [];
    for (const image of images) gram.push(yield* dots(space, block, image));
    const size = Math.max(...gram.map((row) => Math.max(...row.map(Math.abs))));
    checkGram(gram, size, symmetryTol, products.spent, space.epsilon);
    const projected = symmetricEigen(gram);
    const order = rank(which, projected.values);
    const turn = transpose(order.map((i) => projected.vectors[i]!));
    block = rotate(space, block, turn, p);
    images = rotate(space, images, turn, p);
    const values = Float64Array.from(order.slice(0, p), (i) => projected.values[i]!);

    const scale = Math.max(Math.abs(lower), Math.abs(upper), ...values.map(Math.abs));
    const residuals = new Float64Array(p);
    for (let i = 0; i < p; i++) {
      const r = space.axpy(-values[i]!, block[i]!, space.copy(images[i]!));
      residuals[i] = Math.hypot(Math.sqrt(yield* wait(space.dot(r, r))), 4 * epsilon * scale);
      space.release(r);
      lower = Math.min(lower, values[i]! - residuals[i]!);
      upper = Math.max(upper, values[i]! + residuals[i]!);
    }
    const down = which === "smallest";
    const pick = (from: Float64Array) => (down ? from.slice(0, k).reverse() : from.slice(0, k));
    record(settings, history, products.spent, pick(values), pick(residuals));

    const rounding = roundingOf(space, scale);
    const small = values.map((value) => tolerance(settings, value, scale, space));
    const firsts = Array.from({ length: k }, (_, i) => i);
    let status: Status | undefined;
    if (firsts.every((i) => residuals[i]! <= small[i]!)) status = "converged";
    else if (firsts.every((i) => residuals[i]! <= Math.max(small[i]!, rounding))) {
      status = "rounding";
    } else if (p === n) status = "stagnated";
    else status = interruption(settings, products.spent, p * degree);
    const isReached = status === "converged" || status === "rounding";
    if (isDoubtful && p < n && isReached && products.spent >= settings.maxMatvecs) {
      status = "budget-spent";
    } else if (isDoubtful && p < n && isReached) {
      const found = yield* searchComplement(products, space, random, block.slice(0, k), scale, {
        ...settings,
        window: windowBeyond(which, pick(values), Math.max(8 * rounding, ...small.slice(0, k))),
        symmetryTol,
        failure: MISSED,
      });
      const isNew = found.status === "converged" || found.status === "rounding";
      const candidates = [...block.slice(0, k), ...found.vectors, ...block.slice(k)];
      const size = Math.max(p, k + found.vectors.length);
      if (found.vectors.length === 0 || !isNew || products.spent + size > settings.maxMatvecs) {
        if (found.status !== "converged") status = found.status;
        else if (found.vectors.length > 0) status = "budget-spent";
        for (const x of found.vectors) space.release(x);
      } else {
        for (const x of [...images, ...candidates.splice(size)]) space.release(x);
        block = yield* filled(candidates);
        continue;
      }
    }
    if (status) {
      for (const image of images) space.release(image);
      const message = advice(status, settings, "degree", "blockSize");
      const vectors = block.slice(0, k);
      return {
        ...certifyBlock(values, residuals, k, rounding, p === n),
        vectors: down ? vectors.reverse() : vectors,
        subspace: block,
        interval: [lower, upper],
        matvecs: products.spent,
        status,
        ...(message && { message }),
        ...(settings.history && { history }),
      };
    }

    const cut = values[p - 1]!;
    const damped: [number, number] = down ? [cut, upper] : [lower, cut];
    const filtered: V[] = [];
    for (let i = 0; i < p; i++) {
      const first = { x: block[i]!, image: images[i]! };
      filtered.push(yield* filter(products, space, first, damped, values[0]!, degree));
    }
    block = yield* filled(filtered);
  }
}

/**
 * T_d((A − c)/e)·x, scaled to be about 1 at `target`; consumes x and its image A·x.
 *
 * @param damped the interval that is mapped to [−1, 1]
 */
function* filter<V>(
  products: Products<V>,
  space: VectorScope<V>,
  { x, image }: { x: V; image: V },
  [a, b]: [number, number],
  target: number,
  degree: number,
): Steps<V> {
  const center = (a + b) / 2;
  const half = Math.max((b - a) / 2, Number.EPSILON * Math.max(Math.abs(a), Math.abs(b)), 1e-300);
  const sigma1 = half / (target - center || half);
  let sigma = sigma1;
  let before = x;
  let y = space.scale(sigma1 / half, space.axpy(-center, x, image));
  for (let d = 2; d <= degree; d++) {
    const next = 1 / (2 / sigma1 - sigma);
    const product = space.axpy(-center, y, yield* products.apply(y));
    const scaled = space.scale((2 * next) / half, product);
    const sum = space.axpy(-sigma * next, before, scaled);
    space.release(before);
    before = y;
    y = sum;
    sigma = next;
  }
  space.release(before);
  return y;
}

/** Ends of the spectrum from a few Lanczos steps, each moved outwards by its residual. */
function* estimateInterval<V>(
  products: Products<V>,
  space: AsyncVectorSpace<V>,
  random: Random,
): Steps<[number, number]> {
  const krylov = startKrylov(yield* startVector<V>(undefined, products.n, space, random));
  for (let step = 0; step < 10 && krylov.basis.length > step; step++) {
    yield* extend(krylov, products, space, 1e-3);
  }
  const last = new Float64Array(krylov.diagonal.length);
  last[last.length - 1] = 1;
  const values = tridiagonalEigen(krylov.diagonal, krylov.offDiagonal, [last]);
  const beta = krylov.offDiagonal.at(-1)!;
  for (const v of krylov.basis) space.release(v);
  const radius = (i: number) => Math.abs(beta * last.at(i)!);
  if (!Number.isFinite(values[0]!))
    throw new EigenError("not-finite", "the spectrum is not finite");
  return [values.at(-1)! - radius(-1), values[0]! + radius(0)];
}
