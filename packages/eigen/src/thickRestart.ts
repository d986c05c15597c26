import { kuczynskiWozniakowski } from "./bounds/random-start.js";
import { certify } from "./certificates.js";
import { identity } from "./dense/symmetric.js";
import { tridiagonalEigen } from "./dense/tridiagonal.js";
import {
  addRandomDirection,
  extend,
  type Krylov,
  mayHaveClosed,
  restart,
  roundingLevel,
  startKrylov,
} from "./krylov.js";
import type { Products } from "./operator.js";
import { createRandom } from "./random.js";
import { advice, record } from "./report.js";
import type { EigenResult, HistoryEntry, Status } from "./result.js";
import { rank, type Shared, staysBehind, type Which } from "./settings.js";
import type { AsyncVectorSpace } from "./space.js";
import { startVector } from "./startVector.js";
import type { Steps } from "./steps.js";
import { rotate } from "./vectors.js";

/** Limits of one search. */
export interface Limits {
  readonly basisSize: number | undefined;
  readonly symmetryTol: number;
  readonly confidence: number;
}

/** What a search is for. */
export interface Goal {
  /** How many pairs are wanted, now that these Ritz values (descending) are known. */
  count(values: Float64Array): number;
  /** Whether the best of the unwanted pairs, and what else is known, permits an end. */
  reached(next: UnwantedPair): boolean;
}

/** The best of the pairs that a goal does not want. */
export interface UnwantedPair {
  readonly value: number;
  readonly residual: number;
  /** Largest |θ| of the wanted pairs. */
  readonly scale: number;
  readonly settled: boolean;
  readonly warm: boolean;
  /** λmax lies below this with the probability asked for. */
  readonly upper: number;
}

/** Thick-restart Lanczos up to a goal; see `lanczos` and `eigenvaluesAbove`. */
export function* thickRestart<V>(
  products: Products<V>,
  space: AsyncVectorSpace<V>,
  settings: Shared,
  limits: Limits,
  goal: Goal,
  start: V | readonly V[] | undefined,
): Steps<EigenResult<V>> {
  const { n } = products;
  const { which } = settings;
  const random = createRandom(settings.seed);
  const warm = start !== undefined;
  const krylov = startKrylov(yield* startVector(start, n, space, random));
  const history: HistoryEntry[] = [];
  let upper = Number.POSITIVE_INFINITY;
  let restarted = false;
  // The first `closed` dimensions of T span invariant subspaces found earlier.
  let closed = 0;
  // The same, but for what may still couple to the rest by no more than rounding.
  let seam = 0;

  try {
    for (;;) {
      yield* extend(krylov, products, space, limits.symmetryTol);
      const ritz = ritzPairs(krylov, seam);
      const closing = mayHaveClosed(krylov, space);
      const m = ritz.values.length;
      const order = rank(which, ritz.values);
      const k = goal.count(ritz.values);
      const wanted = order.slice(0, k).sort((i, j) => i - j);
      const pick = (from: Float64Array) => Float64Array.from(wanted, (i) => from[i]!);
      record(settings, history, products.spent, pick(ritz.values), pick(ritz.residuals));
      if (!warm && !restarted && seam === 0) {
        const { confidence: probability } = limits;
        const [largest, smallest] = [ritz.values[0]!, ritz.values[m - 1]!];
        const bound = kuczynskiWozniakowski({ n, steps: m, largest, smallest, probability });
        upper = Math.min(upper, bound);
      }

      const floor = settings.atol ?? 2 * roundingLevel(krylov, space);
      const settled = (i: number): boolean =>
        ritz.residuals[i]! <= Math.max(settings.rtol * Math.abs(ritz.values[i]!), floor);
      // Converged as far as the recurrence goes: only the accuracy of the products is in the way.
      const calm = (i: number): boolean => settled(i) || ritz.couplings[i]! < krylov.defect;
      const state: SearchState = {
        ritz,
        order,
        wanted,
        settled,
        calm,
        seam,
        closing,
        warm,
        upper,
        which,
        n,
        k,
      };
      let status: Status | undefined;
      if (m === n || isReached(state, goal)) {
        status = wanted.every(settled) ? "converged" : "stagnated";
      } else if (settings.signal?.aborted) status = "aborted";
      else if (products.spent >= settings.maxMatvecs) status = "budget-spent";
      if (status) {
        const upperBound =
          which !== "smallest" && Number.isFinite(upper)
            ? { value: upper, probability: limits.confidence }
            : undefined;
        const message = advice(status, settings);
        return {
          ...certify(ritz.values, ritz.residuals, wanted, roundingLevel(krylov, space), m === n),
          vectors: ritzVectors(krylov, wanted, space),
          matvecs: products.spent,
          status,
          ...(message && { message }),
          ...(upperBound && { upperBound }),
          ...(settings.history && { history }),
        };
      }

      if (closing) seam = m;
      if (krylov.offDiagonal[m - 1] === 0) {
        closed = m;
        yield* addRandomDirection(krylov, n, space, random);
      }
      const size = Math.min(n, limits.basisSize ?? 2 * k + 24);
      if (m >= size) {
        const keep = order.slice(0, keptPairs(state, size));
        seam = seam === m ? keep.length : keep.filter((i) => !ritz.open[i]).length;
        closed = restart(krylov, keep, closed, space);
        restarted = true;
      }
    }
  } finally {
    for (const v of krylov.basis) space.release(v);
  }
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

function ritzPairs<V>({ diagonal, offDiagonal, defect }: Krylov<V>, seam: number): RitzPairs {
  const m = diagonal.length;
  const first = new Float64Array(m);
  const last = new Float64Array(m);
  first[seam] = 1;
  last[m - 1] = 1;
  const values = tridiagonalEigen(diagonal, offDiagonal, [first, last]);
  const couplings = last.map((s) => Math.abs(s * offDiagonal[m - 1]!));
  const residuals = couplings.map((coupling) => Math.hypot(coupling, defect));
  // T nearly splits at the seam: pairs on this side of it have next to nothing beyond it.
  const open = Array.from(first, (s, i) => Math.abs(s) > 1e-6 || Math.abs(last[i]!) > 1e-6);
  return { values, couplings, residuals, open };
}

interface SearchState {
  readonly ritz: RitzPairs;
  readonly order: number[];
  readonly wanted: number[];
  settled(i: number): boolean;
  calm(i: number): boolean;
  readonly seam: number;
  readonly closing: boolean;
  readonly warm: boolean;
  readonly upper: number;
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
function nothingMissed(state: SearchState): boolean {
  const { ritz, order, wanted, calm, seam, closing, warm, which, n, k } = state;
  const m = ritz.values.length;
  if (m === n) return true;
  if (seam === 0) return closing ? !warm && k === 1 : !warm || m > 1;
  if (wanted.some((i) => ritz.open[i])) return false;
  if (closing) return true;
  const best = order.find((i) => ritz.open[i]);
  if (best === undefined) return false;
  if (!warm) return calm(best);
  const values = wanted.map((i) => ritz.values[i]!);
  return staysBehind(which, values, ritz.values[best]!, ritz.residuals[best]!);
}

/**
 * How many Ritz pairs survive a restart: the wanted ones and one more for each that has settled,
 * so that the shift for the next one stays sharp; three tenths of the basis for a single pair, where
 * keeping more saves next to no products and costs time.
 */
function keptPairs({ wanted, settled, k }: SearchState, size: number): number {
  const kept = k === 1 ? 0.3 * size : k + Math.min(wanted.filter(settled).length, (size - k) / 2);
  return Math.max(1, Math.min(size - 1, Math.floor(kept)));
}

/** Whether every wanted pair has settled and nothing speaks against them being the wanted ones. */
function isReached(state: SearchState, goal: Goal): boolean {
  const { ritz, order, wanted, calm, warm, upper, n, k } = state;
  if (wanted.length !== k || !wanted.every(calm)) return false;
  const next = order[k];
  if (next === undefined) return ritz.values.length === n || nothingMissed(state);
  const value = ritz.values[next]!;
  const residual = ritz.residuals[next]!;
  const scale = Math.max(...wanted.map((i) => Math.abs(ritz.values[i]!)));
  const pair = { value, residual, scale, settled: calm(next), warm, upper };
  return goal.reached(pair) && nothingMissed(state);
}

/** Ritz vectors of the wanted pairs, in place of the basis. */
function ritzVectors<V>(krylov: Krylov<V>, wanted: number[], space: AsyncVectorSpace<V>): V[] {
  const m = krylov.diagonal.length;
  const rows = identity(m);
  tridiagonalEigen(krylov.diagonal, krylov.offDiagonal, rows);
  const columns = rows.map((row) => Float64Array.from(wanted, (i) => row[i]!));
  const basis = krylov.basis.splice(0, m);
  if (wanted.length > 0) return rotate(space, basis, columns, wanted.length);
  for (const v of basis) space.release(v);
  return [];
}
