import { kuczynskiWozniakowski } from "./bounds/random-start.js";
import { identity } from "./dense/symmetric.js";
import { tridiagonalEigen } from "./dense/tridiagonal.js";
import { check } from "./error.js";
import {
  addRandomDirection,
  extend,
  type Krylov,
  restart,
  roundingLevel,
  startKrylov,
} from "./krylov.js";
import { checkSize, countProducts, type LinearOperator } from "./operator.js";
import { createRandom, type Random } from "./random.js";
import { type EigenResult, type HistoryEntry, katoTemple, type Status } from "./result.js";
import { rank, type Shared, type SolverSettings, sharedSettings, type Which } from "./settings.js";
import type { AsyncSolver, SolveData, Solver } from "./solver.js";
import { type AsyncVectorSpace, float64, type VectorSpace } from "./space.js";
import { run, type Steps } from "./steps.js";
import { normalize, rotate } from "./vectors.js";

/** Settings of `lanczos`. */
export interface LanczosSettings<S> extends SolverSettings {
  /** Vectors kept at once, besides the one being multiplied; default 2k + 24, at most n. */
  readonly basisSize?: number;
  /** Default `float64()`. */
  readonly space?: S;
  /** Largest |uᵀAv − vᵀAu| on unit vectors, relative to ‖A‖, before an error; default 1e-3. */
  readonly symmetryTol?: number;
  /** Probability with which `upperBound` holds; default 0.99. */
  readonly confidence?: number;
}

/**
 * Extremal eigenpairs of a symmetric operator by thick-restart Lanczos.
 *
 *   A·v = λ·v,   one product a step, stop rule after every product
 *
 * Residuals are β·|s|, joined with the measured departure of VᵀAV from T: with full
 * reorthogonalisation this equals ‖A·v − θ·v‖ up to rounding and costs no product. One start
 * vector sees one vector of each eigenspace; for multiple or tightly clustered eigenvalues use
 * `blockLanczos`.
 *
 * A warm start stops as soon as its residuals allow, after at least two products. A start that is
 * invariant to rounding is compared with random directions first, so that an eigenvector of the
 * wrong eigenvalue is not mistaken for the wanted one.
 *
 * @returns a solver; not converging is said in `status`, never thrown
 * @throws EigenError on bad settings, vectors of the wrong length, NaN, or a lack of symmetry
 * @see Wu & Simon (2000), Thick-restart Lanczos method for large symmetric eigenvalue problems
 * @example
 * const laplacian = { n: 3, apply: ([a, b, c]) => Float64Array.of(2*a - b, 2*b - a - c, 2*c - b) };
 * lanczos({ k: 1 })(laplacian).values[0]; // 2 + √2
 */
export function lanczos(settings?: LanczosSettings<undefined>): Solver<Float64Array>;
export function lanczos<V>(settings: LanczosSettings<VectorSpace<V>>): Solver<V>;
export function lanczos<V>(settings: LanczosSettings<AsyncVectorSpace<V>>): AsyncSolver<V>;
export function lanczos<V>(
  settings: LanczosSettings<AsyncVectorSpace<V> | undefined> = {},
): AsyncSolver<V> {
  const shared = sharedSettings(settings);
  const { basisSize, symmetryTol = 1e-3, confidence = 0.99 } = settings;
  const space = settings.space ?? (float64() as unknown as AsyncVectorSpace<V>);
  check(
    basisSize === undefined || basisSize > shared.k,
    `basisSize must be larger than k = ${shared.k}, got ${basisSize}`,
  );
  check(confidence > 0 && confidence < 1, `confidence must be in (0, 1), got ${confidence}`);
  const limits: Limits = { basisSize, symmetryTol, confidence };
  return (operator, data = {}) => run(solve(operator, space, shared, limits, data));
}

interface Limits {
  readonly basisSize: number | undefined;
  readonly symmetryTol: number;
  readonly confidence: number;
}

function* solve<V>(
  operator: LinearOperator<V>,
  space: AsyncVectorSpace<V>,
  settings: Shared,
  limits: Limits,
  data: SolveData<V>,
): Steps<EigenResult<V>> {
  const products = countProducts(operator, space);
  const { n } = products;
  const { k, which } = settings;
  check(k <= n, `k = ${k} eigenpairs of an operator of size ${n}`);
  const size = Math.min(n, limits.basisSize ?? 2 * k + 24);
  const random = createRandom(settings.seed);
  const warm = data.start !== undefined;
  const krylov = startKrylov(yield* startVector(data.start, n, space, random));
  const history: HistoryEntry[] = [];
  let upper = Number.POSITIVE_INFINITY;
  let restarted = false;
  // The first `closed` dimensions of T span invariant subspaces found earlier.
  let closed = 0;

  try {
    for (;;) {
      yield* extend(krylov, products, space, limits.symmetryTol);
      const ritz = ritzPairs(krylov, closed);
      const m = ritz.values.length;
      const order = rank(which, ritz.values);
      const wanted = order.slice(0, k).sort((i, j) => i - j);
      record(settings, history, products.spent, ritz, wanted);
      if (!warm && !restarted && closed === 0) {
        const { confidence: probability } = limits;
        const [largest, smallest] = [ritz.values[0]!, ritz.values[m - 1]!];
        const bound = kuczynskiWozniakowski({ n, steps: m, largest, smallest, probability });
        upper = Math.min(upper, bound);
      }

      const floor = settings.atol ?? roundingLevel(krylov, space);
      const settled = (i: number): boolean =>
        ritz.residuals[i]! <= Math.max(settings.rtol * Math.abs(ritz.values[i]!), floor);
      const state: SearchState = { ritz, order, wanted, settled, closed, warm, which, n, k };
      let status: Status | undefined;
      if (wanted.length === k && wanted.every(settled) && nothingMissed(state)) {
        status = "converged";
      } else if (m === n || hasStagnated(state, krylov.defect)) status = "stagnated";
      else if (settings.signal?.aborted) status = "aborted";
      else if (products.spent >= settings.maxMatvecs) status = "budget-spent";
      if (status) {
        const upperBound =
          which !== "smallest" && Number.isFinite(upper)
            ? { value: upper, probability: limits.confidence }
            : undefined;
        return {
          ...finish(krylov, space, ritz, wanted, n),
          matvecs: products.spent,
          status,
          ...(status === "converged" ? {} : { message: advice(status, settings) }),
          ...(upperBound && { upperBound }),
          ...(settings.history && { history }),
        };
      }

      if (krylov.offDiagonal[m - 1] === 0) {
        closed = m;
        yield* addRandomDirection(krylov, n, space, random);
      }
      if (m >= size) {
        const keep = order.slice(0, keptPairs(state, size));
        closed = restart(krylov, keep, closed, space);
        restarted = true;
      }
    }
  } finally {
    for (const v of krylov.basis) space.release(v);
  }
}

function* startVector<V>(
  start: V | readonly V[] | undefined,
  n: number,
  space: AsyncVectorSpace<V>,
  random: Random,
): Steps<V> {
  if (start === undefined) return (yield* normalize(space, space.random(n, random))).vector;
  const vectors: readonly V[] = Array.isArray(start) ? start : [start as V];
  check(vectors.length > 0, "start holds no vector");
  let sum: V | undefined;
  // Equal weights: the Krylov space of the sum of k eigenvectors is their span.
  for (const v of vectors) {
    checkSize(v, n, space, "start");
    const { vector, norm } = yield* normalize(space, space.copy(v));
    check(norm > 0 && Number.isFinite(norm), "start has a vector that is zero or not finite");
    if (sum === undefined) sum = vector;
    else {
      sum = space.axpy(1, vector, sum);
      space.release(vector);
    }
  }
  const { vector, norm } = yield* normalize(space, sum!);
  check(norm > 1e-8, "the start vectors cancel each other");
  return vector;
}

interface RitzPairs {
  /** θ, descending. */
  readonly values: Float64Array;
  /** β·|s|: what the recurrence alone says about the residual. */
  readonly couplings: Float64Array;
  /** ‖A·v − θ·v‖. */
  readonly residuals: Float64Array;
  /** Whether the pair belongs to the sequence that is still growing. */
  readonly open: boolean[];
}

function ritzPairs<V>({ diagonal, offDiagonal, defect }: Krylov<V>, closed: number): RitzPairs {
  const m = diagonal.length;
  const first = new Float64Array(m);
  const last = new Float64Array(m);
  first[closed] = 1;
  last[m - 1] = 1;
  const values = tridiagonalEigen(diagonal, offDiagonal, [first, last]);
  const couplings = last.map((s) => Math.abs(s * offDiagonal[m - 1]!));
  const residuals = couplings.map((coupling) => Math.hypot(coupling, defect));
  return { values, couplings, residuals, open: Array.from(first, (s) => s !== 0) };
}

interface SearchState {
  readonly ritz: RitzPairs;
  readonly order: number[];
  readonly wanted: number[];
  settled(i: number): boolean;
  readonly closed: number;
  readonly warm: boolean;
  readonly which: Which;
  readonly n: number;
  readonly k: number;
}

/**
 * Whether settled pairs may be taken for the wanted ones.
 *
 * A random start has a part along every eigenspace, so its Krylov space may be trusted until it
 * closes. Once it has, it shows one vector of each eigenspace only, and further sequences in the
 * complement must run until one adds nothing to the wanted pairs. A start given by the user may be
 * an eigenvector of anything: one more product looks beyond it, and if it is exactly invariant a
 * random direction must be seen to lie below.
 */
function nothingMissed({ ritz, order, wanted, settled, closed, warm, which, n, k }: SearchState) {
  const m = ritz.values.length;
  if (m === n) return true;
  const closing = ritz.couplings.every((coupling, i) => !ritz.open[i] || coupling === 0);
  if (closed === 0) return closing ? !warm && k === 1 : !warm || m > 1;
  if (wanted.some((i) => ritz.open[i])) return false;
  if (closing) return true;
  const best = order.find((i) => ritz.open[i])!;
  if (!warm) return settled(best);
  return [-1, 1].every((side) => {
    const rival = ritz.values[best]! + side * ritz.residuals[best]!;
    const values = [...wanted.map((i) => ritz.values[i]!), rival].sort((a, b) => b - a);
    return values[rank(which, values)[k]!] === rival;
  });
}

/**
 * How many Ritz pairs survive a restart: the wanted ones and one more for each that has settled,
 * so that the shift for the next one stays sharp; two fifths of the basis for a single pair.
 */
function keptPairs({ wanted, settled, k }: SearchState, size: number): number {
  const kept = k === 1 ? 0.4 * size : k + Math.min(wanted.filter(settled).length, (size - k) / 2);
  return Math.max(1, Math.min(size - 1, Math.floor(kept)));
}

/** Whether the recurrence has converged and only the accuracy of the products is in the way. */
function hasStagnated({ ritz, wanted, settled, k }: SearchState, defect: number): boolean {
  return (
    wanted.length === k &&
    !wanted.every(settled) &&
    wanted.every((i) => settled(i) || ritz.couplings[i]! < defect)
  );
}

function record(
  { history, onProgress }: Shared,
  entries: HistoryEntry[],
  matvecs: number,
  ritz: RitzPairs,
  wanted: number[],
): void {
  if (!history && !onProgress) return;
  const pick = (from: Float64Array) => Float64Array.from(wanted, (i) => from[i]!);
  const entry = { matvecs, values: pick(ritz.values), residuals: pick(ritz.residuals) };
  if (history) entries.push(entry);
  onProgress?.(entry);
}

/** Ritz vectors of the wanted pairs, in place of the basis, and their error bounds. */
function finish<V>(
  krylov: Krylov<V>,
  space: AsyncVectorSpace<V>,
  ritz: RitzPairs,
  wanted: number[],
  n: number,
) {
  const m = ritz.values.length;
  const rows = identity(m);
  tridiagonalEigen(krylov.diagonal, krylov.offDiagonal, rows);
  const columns = rows.map((row) => Float64Array.from(wanted, (i) => row[i]!));
  const vectors = rotate(space, krylov.basis.splice(0, m), columns, wanted.length);
  const pick = (from: Float64Array) => Float64Array.from(wanted, (i) => from[i]!);
  const residuals = pick(ritz.residuals);
  const gapBounds = pick(katoTemple(ritz.values, ritz.residuals));
  // With n Ritz values the gaps are those of the spectrum itself.
  const boundKinds = Array.from(gapBounds, (bound, i): "gap" | "residual" =>
    m === n && bound < residuals[i]! ? "gap" : "residual",
  );
  const errorBounds = residuals.map((r, i) => (boundKinds[i] === "gap" ? gapBounds[i]! : r));
  return { values: pick(ritz.values), vectors, residuals, errorBounds, boundKinds, gapBounds };
}

function advice(status: Status, { rtol, maxMatvecs }: Shared): string {
  switch (status) {
    case "budget-spent":
      return `${maxMatvecs} products did not reach rtol = ${rtol}: raise maxMatvecs or basisSize, or loosen rtol`;
    case "stagnated":
      return `the products are not accurate or symmetric enough for rtol = ${rtol}: loosen rtol or set atol`;
    case "aborted":
      return "the signal fired";
    default:
      return "";
  }
}
