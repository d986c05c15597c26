import { solve } from "./arena.js";
import { checkGram, orthonormalize, startBlock } from "./block.js";
import { certifyBlock } from "./certificates.js";
import { qr } from "./dense/qr.js";
import { symmetricEigen, transpose } from "./dense/symmetric.js";
import { check, checkCount, checkNames, checkNumber } from "./error.js";
import { countProducts, type LinearOperator } from "./operator.js";
import { createRandom } from "./random.js";
import { advice, record } from "./report.js";
import type { EigenResult, HistoryEntry, Status } from "./result.js";
import { rank, type Shared, type SolverSettings, sharedSettings } from "./settings.js";
import type { AsyncSolver, SolveData, Solver } from "./solver.js";
import { type AsyncVectorSpace, float64, type VectorSpace } from "./space.js";
import { type Steps, wait } from "./steps.js";
import { axpys, dots, rotate } from "./vectors.js";

/** Settings of `lobpcg`. */
export interface LobpcgSettings<S> extends SolverSettings {
  /** Vectors iterated together; default k. A few more than k converge faster. */
  readonly blockSize?: number;
  /** Default `float64()`. */
  readonly space?: S;
  /** Largest |uᵀAv − vᵀAu| on unit vectors, relative to ‖A‖, before an error; default 1e-3. */
  readonly symmetryTol?: number;
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
 * that it cannot fail as the textbook form does. Residuals use the carried A·X; its rounding drift
 * is added to them.
 *
 * @see Knyazev (2001), Toward the optimal preconditioned eigensolver; Duersch, Shao, Yang & Gu
 *   (2018), A robust and efficient implementation of LOBPCG
 */
export function lobpcg(
  settings?: LobpcgSettings<undefined>,
): Solver<Float64Array, LobpcgData<Float64Array>>;
export function lobpcg<V>(settings: LobpcgSettings<VectorSpace<V>>): Solver<V, LobpcgData<V>>;
export function lobpcg<V>(
  settings: LobpcgSettings<AsyncVectorSpace<V>>,
): AsyncSolver<V, LobpcgData<V>>;
export function lobpcg<V>(
  settings: LobpcgSettings<AsyncVectorSpace<V> | undefined> = {},
): AsyncSolver<V, LobpcgData<V>> {
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
    return solve(space, (arena) => iterate(operator, arena, shared, limits, data));
  };
}

function* iterate<V>(
  operator: LinearOperator<V>,
  space: AsyncVectorSpace<V>,
  settings: Shared,
  limits: { blockSize: number; symmetryTol: number },
  data: LobpcgData<V>,
): Steps<EigenResult<V>> {
  const products = countProducts(operator, space);
  const { n } = products;
  const { k, which, rtol } = settings;
  const random = createRandom(settings.seed);
  const history: HistoryEntry[] = [];
  const epsilon = space.epsilon ?? 2 ** -53;
  const precondition = data.preconditioner && countProducts(data.preconditioner, space).apply;
  check(!data.preconditioner || data.preconditioner.n === n, "the preconditioner has another size");
  const copies = (data.constraints ?? []).map((v) => space.copy(v));
  const outside = yield* orthonormalize(space, copies, [], 1e-8);
  check(k <= n - outside.length, `k = ${k} pairs, but ${n - outside.length} dimensions are left`);
  const p = Math.min(limits.blockSize, n - outside.length);
  // With constraints, products leave their complement; only what stays inside counts.
  function* multiply(x: V): Steps<V> {
    const y = yield* products.apply(x);
    if (outside.length === 0) return y;
    return axpys(
      space,
      (yield* dots(space, outside, y)).map((c) => -c),
      outside,
      y,
    );
  }
  function* multiplyAll(xs: readonly V[]): Steps<V[]> {
    const ys: V[] = [];
    for (const x of xs) ys.push(yield* multiply(x));
    return ys;
  }

  /** [X, W, P], orthonormal, and A times it. */
  let basis = yield* startBlock(data.start, p, n, space, random, outside);
  let images = yield* multiplyAll(basis);
  let previous = 0; // how many of the basis are P
  let scale = 0;

  for (let iteration = 0; ; iteration++) {
    // Rayleigh–Ritz on the basis.
    const gram: Float64Array[] = [];
    for (const image of images) gram.push(yield* dots(space, basis, image));
    scale = Math.max(scale, ...gram.map((row) => Math.max(...row.map(Math.abs))));
    checkGram(gram, scale, limits.symmetryTol, products.spent);
    const small = symmetricEigen(gram);
    const order = rank(which, small.values).slice(0, p);
    const chosen = order.map((i) => small.vectors[i]!);
    const values = Float64Array.from(order, (i) => small.values[i]!);
    // The part of the step outside of the old X, orthonormal beside the new X, is the next P.
    const steps = previousDirections(chosen, p, iteration > 0);
    const turn = transpose([...chosen, ...steps]);
    const width = p + steps.length;
    basis = rotate(space, basis, turn, width);
    images = rotate(space, images, turn, width);
    previous = steps.length;

    // Residuals R = A·X − X·Θ, and which pairs still move.
    const drift = 16 * epsilon * scale * Math.sqrt(iteration + 1);
    const floor = settings.atol ?? 2 * drift;
    const residuals = new Float64Array(p);
    const searching: V[] = [];
    for (let i = 0; i < p; i++) {
      const r = space.axpy(-values[i]!, basis[i]!, space.copy(images[i]!));
      residuals[i] = Math.hypot(Math.sqrt(yield* wait(space.dot(r, r))), drift);
      if (residuals[i]! > Math.max(rtol * Math.abs(values[i]!), floor)) searching.push(r);
      else space.release(r);
    }
    const settled = (i: number) => residuals[i]! <= Math.max(rtol * Math.abs(values[i]!), floor);
    const wanted = Array.from({ length: k }, (_, i) => i);
    const pick = (from: Float64Array) => {
      const picked = from.slice(0, k);
      return which === "smallest" ? picked.reverse() : picked;
    };
    record(settings, history, products.spent, pick(values), pick(residuals));

    let status: Status | undefined;
    if (wanted.every(settled)) status = "converged";
    else if (settings.signal?.aborted) status = "aborted";
    let w: V[] = [];
    if (!status) {
      const directions: V[] = [];
      for (const r of searching) {
        directions.push(precondition ? yield* precondition(r) : r);
        if (precondition) space.release(r);
      }
      w = yield* orthonormalize(space, directions, [...outside, ...basis], 1e-10);
      if (w.length === 0) status = "stagnated";
      else if (products.spent + w.length > settings.maxMatvecs) status = "budget-spent";
    } else for (const r of searching) space.release(r);

    if (status) {
      for (const v of [...basis.slice(k), ...images, ...w, ...outside]) space.release(v);
      const message = advice(status, settings, "blockSize");
      const vectors = basis.slice(0, k);
      return {
        ...certifyBlock(values, residuals, k, 2 * drift, p === n),
        vectors: which === "smallest" ? vectors.reverse() : vectors,
        matvecs: products.spent,
        status,
        ...(message && { message }),
        ...(settings.history && { history }),
      };
    }
    const newImages = yield* multiplyAll(w);
    const xs = basis.slice(0, p);
    basis = [...xs, ...w, ...basis.slice(p, p + previous)];
    images = [...images.slice(0, p), ...newImages, ...images.slice(p, p + previous)];
  }
}

/** Coefficients of the new P: the chosen vectors without their X part, orthonormal beside them. */
function previousDirections(chosen: Float64Array[], p: number, moved: boolean): Float64Array[] {
  if (!moved) return [];
  const steps = chosen.map((c) => c.map((value, i) => (i < p ? 0 : value)));
  // Columns that vanish (pairs that no longer move) would only add rounding.
  const nonzero = steps.filter((s) => Math.sqrt(s.reduce((t, v) => t + v * v, 0)) > 1e-12);
  const room = chosen[0]!.length - p;
  const columns = [...chosen, ...nonzero.slice(0, room)];
  const { q, r } = qr(transpose(columns));
  const directions = transpose(q);
  return directions.slice(p).filter((_, i) => r[p + i]![p + i]! > 1e-12);
}
