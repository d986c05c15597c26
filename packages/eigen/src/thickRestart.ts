import { randomStartBound } from "./bounds/random-start.js";
import { certify } from "./certificates.js";
import { tridiagonalEigen } from "./dense/tridiagonal.js";
import {
  addRandomDirection,
  extend,
  mayHaveClosed,
  restart,
  ritzRows,
  roundingLevel,
  startKrylov,
} from "./krylov.js";
import type { Products } from "./operator.js";
import { pick } from "./pick.js";
import { createRandom } from "./random.js";
import { advice, record } from "./report.js";
import type { EigenResult, HistoryEntry, Status } from "./result.js";
import { rank, type Shared, staysBehind } from "./settings.js";
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

/**
 * Whether the best of the unwanted pairs, and what else is known, permits an end.
 *
 * @param value θ of that pair
 * @param residual of that pair
 * @param scale largest |θ| of the wanted pairs
 * @param settled whether it has converged, or need not: a warm start only looks for changes
 * @param upper λmax lies below this with the probability asked for
 */
export type Goal = (
  value: number,
  residual: number,
  scale: number,
  settled: boolean,
  upper: number,
) => boolean;

/**
 * Thick-restart Lanczos up to a goal; see `lanczos` and `eigenvaluesAbove`.
 *
 * @param count how many pairs are wanted, now that these Ritz values (descending) are known
 */
export function* thickRestart<V>(
  products: Products<V>,
  space: AsyncVectorSpace<V>,
  settings: Shared,
  limits: Limits,
  count: (values: Float64Array) => number,
  goal: Goal,
  start: V | readonly V[] | undefined,
): Steps<EigenResult<V>> {
  const { n } = products;
  const { which } = settings;
  const random = createRandom(settings.seed);
  const warm = start !== undefined;
  const krylov = startKrylov(yield* startVector(start, n, space, random));
  const history: HistoryEntry[] = [];
  let upper = Infinity;
  let restarted = false;
  // The first `closed` dimensions of T span invariant subspaces found earlier.
  let closed = 0;
  // The same, but for what may still couple to the rest by no more than rounding.
  let seam = 0;

  try {
    for (;;) {
      yield* extend(krylov, products, space, limits.symmetryTol);
      const { diagonal, offDiagonal, defect } = krylov;
      const m = diagonal.length;
      const beta = offDiagonal[m - 1]!;
      const first = new Float64Array(m);
      const last = new Float64Array(m);
      first[seam] = 1;
      last[m - 1] = 1;
      const values = tridiagonalEigen(diagonal, offDiagonal, [first, last]);
      // What the recurrence alone says about the residuals ‖A·v − θ·v‖, and what they are.
      const couplings = last.map((s) => Math.abs(s * beta));
      const residuals = couplings.map((coupling) => Math.hypot(coupling, defect));
      // Pairs of the sequence that is still growing. T nearly splits at the seam: those on this
      // side of it have next to nothing beyond it.
      const open = Array.from(first, (s, i) => Math.hypot(s, last[i]!) > 1e-6);
      const closing = mayHaveClosed(krylov, space);
      const order = rank(which, values);
      const k = count(values);
      const wanted = order.slice(0, k).sort((i, j) => i - j);
      const best = pick(values, wanted);
      record(settings, history, products.spent, best, pick(residuals, wanted));
      if (!warm && !restarted && seam === 0) {
        upper = Math.min(
          upper,
          randomStartBound(n, m, values[0]!, values[m - 1]!, limits.confidence),
        );
      }

      const rounding = roundingLevel(krylov, space);
      const floor = settings.atol ?? 2 * rounding;
      const settled = (i: number): boolean =>
        residuals[i]! <= Math.max(settings.rtol * Math.abs(values[i]!), floor);
      // Converged as far as the recurrence goes: only the accuracy of the products is in the way.
      const calm = (i: number): boolean => settled(i) || couplings[i]! < defect;

      /**
       * Whether settled pairs may be taken for the wanted ones.
       *
       * A random start has a part along every eigenspace, so its Krylov space may be trusted until
       * it closes. Once it has, it shows one vector of each eigenspace only, and further sequences
       * in the complement must run until one adds nothing to the wanted pairs. A start given by the
       * user may be an eigenvector of anything: one more product looks beyond it, and if it is
       * exactly invariant a random direction must be seen to lie below.
       */
      const nothingMissed = (): boolean => {
        if (seam === 0) return closing ? !warm && k === 1 : !warm || m > 1;
        if (wanted.some((i) => open[i])) return false;
        if (closing) return true;
        const rival = order.find((i) => open[i]);
        if (rival === undefined) return false;
        if (!warm) return calm(rival);
        return staysBehind(which, best, values[rival]!, residuals[rival]!);
      };
      /** Whether every wanted pair has settled and the best of the others permits an end. */
      const isReached = (): boolean => {
        const next = order[k];
        if (wanted.length !== k || !wanted.every(calm) || !nothingMissed()) return false;
        if (next === undefined) return true;
        const scale = Math.max(...best.map(Math.abs));
        return goal(values[next]!, residuals[next]!, scale, warm || calm(next), upper);
      };

      let status: Status | undefined;
      if (m === n || isReached()) status = wanted.every(settled) ? "converged" : "stagnated";
      else if (settings.signal?.aborted) status = "aborted";
      else if (products.spent >= settings.maxMatvecs) status = "budget-spent";
      if (status) {
        const message = advice(status, settings);
        const columns = ritzRows(krylov).rows.map((row) => pick(row, wanted));
        return {
          ...certify(values, residuals, wanted, rounding, m === n),
          vectors: rotate(space, krylov.basis.splice(0, m), columns, wanted.length),
          matvecs: products.spent,
          status,
          ...(message && { message }),
          ...(which !== "smallest" &&
            upper < Infinity && {
              upperBound: { value: upper, probability: limits.confidence },
            }),
          ...(settings.history && { history }),
        };
      }

      if (closing) seam = m;
      if (beta === 0) {
        closed = m;
        yield* addRandomDirection(krylov, n, space, random);
      }
      const size = Math.min(n, limits.basisSize ?? 2 * k + 24);
      if (m >= size) {
        // What survives: the wanted pairs and one more for each that has settled, so that the shift
        // for the next one stays sharp; three tenths of the basis for a single pair, where keeping
        // more saves next to no products and costs time.
        const spare = Math.min(wanted.filter(settled).length, (size - k) / 2);
        const kept = Math.floor(k === 1 ? 0.3 * size : k + spare);
        const keep = order.slice(0, Math.max(1, Math.min(size - 1, kept)));
        seam = seam === m ? keep.length : keep.filter((i) => !open[i]).length;
        closed = restart(krylov, keep, closed, space);
        restarted = true;
      }
    }
  } finally {
    for (const v of krylov.basis) space.release(v);
  }
}
