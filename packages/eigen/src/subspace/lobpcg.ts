/** Locally optimal block preconditioned conjugate gradients. */

import { tolerance } from "../certificates/convergence.js";
import { type Certificates, certifyBlock } from "../certificates/errorBounds.js";
import { countProducts, type LinearOperator } from "../operators/operator.js";
import { check, checkCount, checkNumber } from "../solver/error.js";
import { checkNames } from "../solver/names.js";
import { createRandom } from "../solver/random.js";
import { advice, record } from "../solver/report.js";
import type { EigenResult, HistoryEntry } from "../solver/result.js";
import { type Shared, type SolverSettings, sharedSettings } from "../solver/settings.js";
import type { AsyncSolver, SolveData, Solver } from "../solver/solver.js";
import type { Steps } from "../solver/steps.js";
import { orthonormalize, startBlock } from "../vectors/block.js";
import { type AsyncVectorSpace, float64, type VectorSpace } from "../vectors/space.js";
import { copiesOf } from "../vectors/startVector.js";
import { solve, type VectorScope } from "../vectors/vectorScope.js";
import { type BlockGoal, locallyOptimal } from "./locallyOptimal.js";

/** Settings of `lobpcg`. */
export interface LobpcgSettings<S> extends SolverSettings {
  /** Vectors iterated together; default k. A few more than k converge faster. */
  readonly blockSize?: number;
  /** Default `float64()`. */
  readonly space?: S;
  /** Largest |uᵀAv − vᵀAu| on unit vectors, relative to ‖A‖, before an error; default 1e-3. */
  readonly symmetryTol?: number;
}

/** An eigenresult that tells A from its compression. */
export interface LobpcgResult<V> extends EigenResult<V> {
  /**
   * The same numbers of P·A·P on the complement of the constraints, which is the problem that was
   * solved; present if there are constraints.
   */
  readonly compressed?: Certificates;
}

/** What LOBPCG may be given beside the operator. */
export interface LobpcgData<V> extends SolveData<V> {
  /** Positive definite approximation of A⁻¹ (for the smallest end), applied to residuals. */
  readonly preconditioner?: LinearOperator<V>;
  /** Directions to stay orthogonal to, for example known eigenvectors; any norm. */
  readonly constraints?: readonly V[];
}

/**
 * Locally optimal block preconditioned conjugate gradients, for either end of the spectrum.
 *
 *   next X = best Ritz vectors of span{X, M·(A·X − X·Θ), P},   P = last step
 *
 * A·X and A·P follow from the coefficients, so an iteration costs one product for each pair that
 * has not converged. The basis [X, W, P] is kept orthonormal, P by a small QR of coefficients, so
 * that it cannot fail as the textbook form does. Residuals use the carried A·X; what its rounding may
 * amount to is added to them, and where that is in the way A·X is multiplied anew.
 *
 * With constraints Q the problem that is solved is another one, the compression P·A·P to their
 * complement, P = I − Q·Qᵀ. Its residuals and bounds are in `compressed`, and decide on convergence;
 * `residuals` and `errorBounds` are those of A, small only if the constraints are eigenvectors of A.
 *
 * A start may be an invariant subspace and hide what is wanted. So after convergence from a start, a
 * random vector has to stay behind the wanted pairs.
 *
 * @see Knyazev (2001), Toward the optimal preconditioned eigensolver; Duersch, Shao, Yang & Gu
 *   (2018), A robust and efficient implementation of LOBPCG
 * @example
 * const counts = { n: 50, apply: (x) => x.map((v, i) => v * (i + 1)) };
 * const preconditioner = { n: 50, apply: (r) => r.map((v, i) => v / (i + 1)) };
 * lobpcg({ k: 2, which: "smallest", rtol: 1e-8 })(counts, { preconditioner }).values; // [2, 1]
 */
export function lobpcg(
  settings?: LobpcgSettings<undefined>,
): Solver<Float64Array, LobpcgData<Float64Array>, LobpcgResult<Float64Array>>;
export function lobpcg<V>(
  settings: LobpcgSettings<VectorSpace<V>>,
): Solver<V, LobpcgData<V>, LobpcgResult<V>>;
export function lobpcg<V>(
  settings: LobpcgSettings<AsyncVectorSpace<V>>,
): AsyncSolver<V, LobpcgData<V>, LobpcgResult<V>>;
export function lobpcg<V>(
  settings: LobpcgSettings<AsyncVectorSpace<V> | undefined> = {},
): AsyncSolver<V, LobpcgData<V>, LobpcgResult<V>> {
  const shared = sharedSettings("lobpcg", settings, "blockSize symmetryTol");
  const { blockSize = shared.k, symmetryTol = 1e-3 } = settings;
  check(
    shared.which === "largest" || shared.which === "smallest",
    `lobpcg finds "largest" or "smallest", got ${shared.which}; use lanczos`,
  );
  checkCount("blockSize", blockSize);
  checkNumber("symmetryTol", symmetryTol, 0);
  check(blockSize >= shared.k, `blockSize must be at least k = ${shared.k}, got ${blockSize}`);
  check(shared.maxMatvecs >= blockSize, `maxMatvecs must be at least blockSize = ${blockSize}`);
  const space = settings.space ?? (float64() as unknown as AsyncVectorSpace<V>);
  return (operator, data = {}) => {
    checkNames("lobpcg()(operator, …)", data, "start preconditioner constraints");
    const limits = { blockSize, symmetryTol };
    return solve(space, (scope) => search(operator, scope, shared, limits, data));
  };
}

function* search<V>(
  operator: LinearOperator<V>,
  space: VectorScope<V>,
  settings: Shared,
  { blockSize, symmetryTol }: { blockSize: number; symmetryTol: number },
  { start, preconditioner, constraints = [] }: LobpcgData<V>,
): Steps<LobpcgResult<V>> {
  const products = countProducts(operator, space);
  const { n } = products;
  const { k, which, maxMatvecs } = settings;
  const random = createRandom(settings.seed);
  const history: HistoryEntry[] = [];
  check(!preconditioner || preconditioner.n === n, "the preconditioner has another size");
  const precondition = preconditioner && countProducts(preconditioner, space).apply;
  const outside = yield* directionsOf(constraints, n, space);
  const room = n - outside.length;
  check(k <= room, `k = ${k} pairs, but ${outside.length} constraints leave ${room} dimensions`);
  const size = Math.min(blockSize, room);
  const ordered = (from: Float64Array): Float64Array => {
    const picked = from.slice(0, k);
    return which === "smallest" ? picked.reverse() : picked;
  };
  const goal: BlockGoal<V> = {
    ...settings,
    size,
    symmetryTol,
    outside,
    precondition: precondition && ((r) => precondition(r)),
    allowed: (theta, scale) => tolerance(settings, theta, scale, space),
    onCheck: (values, residuals) =>
      record(settings, history, products.spent, ordered(values), ordered(residuals)),
  };

  const basis = yield* startBlock(start, size, n, space, random, outside);
  const images: V[] = [];
  for (const x of basis) images.push(yield* products.apply(x));
  let found = yield* locallyOptimal({ basis, images }, products, space, goal);
  // A start may be invariant, and hide what is wanted: a random vector has to stay behind.
  while (start !== undefined && (found.status === "converged" || found.status === "rounding")) {
    if (found.values.length === room) break;
    if (products.spent >= maxMatvecs) {
      found = { ...found, status: "budget-spent" };
      break;
    }
    // The others could only push the random vector out.
    for (const v of [...found.basis.splice(k), ...found.images.splice(k)]) space.release(v);
    const known = [...outside, ...found.basis];
    const [fresh] = yield* startBlock<V>(undefined, 1, n, space, random, known);
    const block = {
      basis: [...found.basis, fresh!],
      images: [...found.images, yield* products.apply(fresh!)],
    };
    const { values, rounding } = found;
    const watched = { ...goal, size: k + 1, watch: true, scale: found.scale };
    found = yield* locallyOptimal(block, products, space, watched);
    const isSame = (value: number, i: number) =>
      Math.abs(value - found.values[i]!) <= found.compressed[i]! + found.rounding + rounding;
    if (values.slice(0, k).every(isSame)) break;
  }

  for (const v of [...found.basis.splice(k), ...found.images, ...outside]) space.release(v);
  const { status, rounding } = found;
  const message = advice(status, settings, "blockSize");
  const isFree = outside.length === 0;
  const whole = found.values.length === room;
  const certificates = certifyBlock(found.values, found.residuals, k, rounding, isFree && whole);
  const inner = certifyBlock(found.values, found.compressed, k, rounding, whole);
  return {
    ...certificates,
    // Nothing is known of the eigenvalues of A that the constraints take away.
    ...(!isFree && {
      gapBounds: certificates.gapBounds.fill(Infinity),
      angleBounds: certificates.angleBounds.fill(1),
      compressed: inner,
    }),
    vectors: which === "smallest" ? found.basis.reverse() : found.basis,
    matvecs: products.spent,
    status,
    ...(message && { message }),
    ...(settings.history && { history }),
  };
}

/** Constraints made orthonormal. */
function* directionsOf<V>(constraints: readonly V[], n: number, space: VectorScope<V>): Steps<V[]> {
  check(
    constraints.length < n,
    `${constraints.length} constraints leave nothing of ${n} dimensions`,
  );
  const outside: V[] = [];
  for (const [i, copy] of copiesOf(constraints, n, space, "a constraint").entries()) {
    const added = yield* orthonormalize(space, [copy], outside, 1e-8);
    check(added.length === 1, `constraint ${i} is zero, or depends on those before it`);
    outside.push(...added);
  }
  return outside;
}
