/** Extremal eigenpairs by block Lanczos. */

import { checkByProducts, ritzPairs, roundingOf } from "../certificates/convergence.js";
import { certify } from "../certificates/errorBounds.js";
import { blockMissesNothing } from "../certificates/misconvergence.js";
import { identity, symmetricEigen, transpose } from "../dense/symmetric.js";
import { countProducts, type Products } from "../operators/operator.js";
import { check, checkCount, checkNumber, checkRange, EigenError } from "../solver/error.js";
import { checkNames } from "../solver/names.js";
import { pick } from "../solver/pick.js";
import { createRandom } from "../solver/random.js";
import { advice, interruption, record } from "../solver/report.js";
import type { EigenResult, HistoryEntry, Status } from "../solver/result.js";
import {
  checkBasis,
  checkPairs,
  type Shared,
  type SolverSettings,
  sharedSettings,
} from "../solver/settings.js";
import type { AsyncSolver, SolveData, Solver } from "../solver/solver.js";
import type { Steps } from "../solver/steps.js";
import { startBlock } from "../vectors/block.js";
import { type AsyncVectorSpace, float64, type VectorSpace } from "../vectors/space.js";
import { solve } from "../vectors/vectorScope.js";
import { orthogonalize, rotate } from "../vectors/vectors.js";

/** Settings of `blockLanczos`. */
export interface BlockLanczosSettings<S> extends SolverSettings {
  /** Vectors multiplied together; default k. Finds eigenvalues of up to this multiplicity. */
  readonly blockSize?: number;
  /** Vectors kept at once, besides the block; default 2k + 20 + 2·blockSize, at most n. */
  readonly basisSize?: number;
  /** Default `float64()`. */
  readonly space?: S;
  /** Largest |uᵀAv − vᵀAu| on unit vectors, relative to ‖A‖, before an error; default 1e-3. */
  readonly symmetryTol?: number;
}

/**
 * Extremal eigenpairs by thick-restart block Lanczos, for clusters and repeated eigenvalues.
 *
 *   A·V = V·T + W·C,   residual of (θ, V·s) = ‖C·s‖
 *
 * A block of p vectors sees p vectors of each eigenspace, and several start vectors each keep
 * their own place. It spends more products than `lanczos` where eigenvalues are well separated.
 *
 * @see Golub & Underwood (1977); Zhou & Saad (2008), Block Krylov–Schur method
 */
export function blockLanczos(settings?: BlockLanczosSettings<undefined>): Solver<Float64Array>;
export function blockLanczos<V>(settings: BlockLanczosSettings<VectorSpace<V>>): Solver<V>;
export function blockLanczos<V>(
  settings: BlockLanczosSettings<AsyncVectorSpace<V>>,
): AsyncSolver<V>;
export function blockLanczos<V>(
  settings: BlockLanczosSettings<AsyncVectorSpace<V> | undefined> = {},
): AsyncSolver<V> {
  const shared = sharedSettings("blockLanczos", settings, "blockSize basisSize symmetryTol");
  const { k } = shared;
  const { blockSize = k, basisSize = 2 * k + 20 + 2 * blockSize, symmetryTol = 1e-3 } = settings;
  checkCount("blockSize", blockSize);
  checkNumber("symmetryTol", symmetryTol, 0);
  check(shared.maxMatvecs >= blockSize, `maxMatvecs must be at least blockSize = ${blockSize}`);
  checkBasis(basisSize, k + blockSize);
  const space = settings.space ?? (float64() as unknown as AsyncVectorSpace<V>);
  const limits = { blockSize, basisSize, symmetryTol };
  return (operator, data = {}) => {
    checkNames("blockLanczos()(operator, …)", data, "start");
    return solve(space, (scope) => {
      const products = countProducts(operator, scope);
      checkPairs(k, products.n);
      return iterate(products, scope, shared, limits, data);
    });
  };
}

/** The factorisation A·V = V·T + W·C. */
interface BlockKrylov<V> {
  basis: V[];
  /** T, [m][m]. */
  projected: Float64Array[];
  /** W: the next block, orthonormal and orthogonal to V. */
  next: V[];
  /** C, one row of [m] for each vector of W. */
  coupling: Float64Array[];
  defect: number;
  /** What the rounding of restarts may have added to a residual. */
  drift: number;
  scale: number;
}

function* iterate<V>(
  products: Products<V>,
  space: AsyncVectorSpace<V>,
  settings: Shared,
  limits: { blockSize: number; basisSize: number; symmetryTol: number },
  { start }: SolveData<V>,
): Steps<EigenResult<V>> {
  const { n } = products;
  const { k, which } = settings;
  const p = Math.min(n, limits.blockSize);
  const random = createRandom(settings.seed);
  const history: HistoryEntry[] = [];
  const state: BlockKrylov<V> = {
    basis: [],
    projected: [],
    next: yield* startBlock(start, p, n, space, random),
    coupling: Array.from({ length: p }, () => new Float64Array(0)),
    defect: 0,
    drift: 0,
    scale: 0,
  };

  const isWarm = start !== undefined;
  /** The wanted values when the space closed last. */
  let before: Float64Array | undefined;
  for (;;) {
    yield* extend(state, products, space, limits.symmetryTol);
    const m = state.basis.length;
    const { values, vectors } = symmetricEigen(state.projected);
    state.scale = Math.max(state.scale, values[0]!, -values[m - 1]!);
    const couplings = values.map((_, i) => couplingOf(state, vectors[i]!));
    const pairs = ritzPairs(settings, space, state, values, couplings);
    const { residuals, order, wanted } = pairs;
    const best = pick(values, wanted);
    record(settings, history, products.spent, best, pick(residuals, wanted));

    const isClosed = state.next.length === 0;
    const isReached =
      wanted.length === k &&
      wanted.every(pairs.isResolved) &&
      blockMissesNothing(which, pairs, { blockSize: p, isWarm, isClosed, before });
    const next = Math.max(1, state.next.length);
    let status: Status | undefined = interruption(settings, products.spent, next);
    if (m === n || isReached) status = "converged";
    if (status) {
      for (const w of state.next) space.release(w);
      const columns = transpose(wanted.map((i) => vectors[i]!));
      const turned = rotate(space, state.basis, columns, wanted.length);
      if (status === "converged") {
        status = yield* checkByProducts(products, space, pairs, turned, settings.maxMatvecs);
      }
      const message = advice(status, settings, "basisSize", "blockSize");
      return {
        ...certify(values, residuals, wanted, pairs.rounding, m === n),
        vectors: turned,
        matvecs: products.spent,
        status,
        ...(message && { message }),
        ...(settings.history && { history }),
      };
    }
    if (isClosed) {
      before = best;
      state.next = yield* startBlock(undefined, Math.min(p, n - m), n, space, random, state.basis);
      state.coupling = state.next.map(() => new Float64Array(m));
    }
    if (m + state.next.length > limits.basisSize && m > k) {
      const kept = Math.min(m - 1, k + Math.floor((m - k) / 3));
      restart(state, values, vectors, order.slice(0, kept), space);
    }
  }
}

/** Multiplies the next block and appends it to the basis. */
function* extend<V>(
  state: BlockKrylov<V>,
  products: Products<V>,
  space: AsyncVectorSpace<V>,
  symmetryTol: number,
): Steps<void> {
  const { next: block, projected, coupling } = state;
  const before = state.basis.length;
  state.basis.push(...block);
  const m = state.basis.length;
  state.projected = Array.from({ length: m }, (_, i) => {
    const row = new Float64Array(m);
    if (i < before) row.set(projected[i]!);
    return row;
  });
  const T = state.projected;
  const next: V[] = [];
  const rows: Float64Array[] = [];
  for (const [b, w] of block.entries()) {
    const column = before + b;
    const y = yield* products.apply(w);
    const { vector, norm, coefficients } = yield* orthogonalize(
      space,
      [...state.basis, ...next],
      y,
    );
    state.scale = Math.max(state.scale, norm, ...coefficients.map(Math.abs));
    checkRange(state.scale, products.spent);
    // What is known already, from C and from this block's earlier columns, measures the symmetry.
    let asymmetry = 0;
    for (let i = 0; i < m; i++) {
      const known = i < before ? coupling[b]![i]! : i < column ? T[i]![column]! : coefficients[i]!;
      asymmetry = Math.hypot(asymmetry, coefficients[i]! - known);
      T[i]![column] = known;
      T[column]![i] = known;
    }
    state.defect = Math.hypot(state.defect, asymmetry);
    if (asymmetry > symmetryTol * state.scale) {
      throw new EigenError(
        "not-symmetric",
        `the operator is not symmetric: uᵀAv and vᵀAu differ by ${asymmetry.toExponential(1)}`,
      );
    }
    for (const [i, row] of rows.entries()) row[column] = coefficients[m + i]!;
    if (norm > roundingOf(space, state.scale)) {
      const row = new Float64Array(m);
      row[column] = norm;
      rows.push(row);
      next.push(space.scale(1 / norm, vector));
    } else {
      state.defect = Math.hypot(state.defect, norm);
      space.release(vector);
    }
  }
  state.next = next;
  state.coupling = rows;
}

/** ‖C·s‖: what the recurrence alone says of the residual of V·s. */
function couplingOf<V>({ coupling }: BlockKrylov<V>, s: Float64Array): number {
  let square = 0;
  for (const row of coupling) square += row.reduce((sum, c, i) => sum + c * s[i]!, 0) ** 2;
  return Math.sqrt(square);
}

/** Keeps some Ritz vectors: T becomes diagonal, C turns with them, W stays. */
function restart<V>(
  state: BlockKrylov<V>,
  values: Float64Array,
  vectors: readonly Float64Array[],
  keep: readonly number[],
  space: AsyncVectorSpace<V>,
): void {
  const k = keep.length;
  const columns = state.basis.map((_, row) => Float64Array.from(keep, (i) => vectors[i]![row]!));
  state.basis = rotate(space, state.basis, columns, k);
  // Each rotation rounds the basis once more, and nothing takes that back.
  state.defect += roundingOf(space, state.scale) / 16;
  state.drift += roundingOf(space, state.scale) / 8;
  state.projected = identity(k);
  for (const [i, index] of keep.entries()) state.projected[i]![i] = values[index]!;
  state.coupling = state.coupling.map((row) =>
    Float64Array.from(keep, (index) => row.reduce((sum, c, i) => sum + c * vectors[index]![i]!, 0)),
  );
}
