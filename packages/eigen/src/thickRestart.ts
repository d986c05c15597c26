import { randomStartBound } from "./certificate.js";
import { certify } from "./certificates.js";
import { roundingOf, tolerance, trueResidual } from "./convergence.js";
import { tridiagonalEigen } from "./dense/tridiagonal.js";
import {
  addRandomDirection,
  extend,
  mayHaveClosed,
  restart,
  ritzRows,
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
import { normalize, rotate } from "./vectors.js";

/** Limits of one search. */
export interface Limits {
  readonly basisSize: number | undefined;
  readonly symmetryTol: number;
  /** δ: the ends of the spectrum are bounded with a probability of 1 − δ each; default: not. */
  readonly certify?: number;
  /** Residual, relative to the wanted |θ|, that the best unwanted pair must have reached too. */
  readonly witness?: number;
}

/**
 * Thick-restart Lanczos; see `lanczos`.
 *
 * @param length of a start that is the sum of a standard Gaussian vector and one independent of it: a
 *   certificate holds for that too, since the part along any unit vector is a normal variate with
 *   variance 1, which is small with the largest probability where its mean is 0
 */
export function* thickRestart<V>(
  products: Products<V>,
  space: AsyncVectorSpace<V>,
  settings: Shared,
  limits: Limits,
  start: V | readonly V[] | undefined,
  length?: number,
): Steps<EigenResult<V>> {
  const { n } = products;
  const { k, which } = settings;
  const { certify: delta, witness = Infinity } = limits;
  const random = createRandom(settings.seed);
  const warm = start !== undefined && length === undefined;
  const { vector, norm } =
    start !== undefined
      ? { vector: yield* startVector<V>(start, n, space, random), norm: length }
      : yield* normalize(space, space.random(n, random));
  const krylov = startKrylov(vector);
  const history: HistoryEntry[] = [];
  // The spectrum lies between, with the probability asked for.
  let upper = Infinity;
  let lower = -Infinity;
  let restarted = false;
  // The first `closed` dimensions of T span invariant subspaces found earlier.
  let closed = 0;
  // Whether a sequence has closed, so that another one, in the complement, is growing now.
  let again = false;
  // Where the growing sequence began, as components along the basis.
  let origin = Float64Array.of(1);

  for (;;) {
    yield* extend(krylov, products, space, limits.symmetryTol);
    const { diagonal, offDiagonal, defect, drift } = krylov;
    const m = diagonal.length;
    const beta = offDiagonal[m - 1]!;
    const first = new Float64Array(m);
    const last = new Float64Array(m);
    first.set(origin);
    last[m - 1] = 1;
    const values = tridiagonalEigen(diagonal, offDiagonal, [first, last]);
    const scale = Math.max(krylov.scale, values[0]!, -values[m - 1]!);
    krylov.scale = scale;
    const rounding = roundingOf(space, scale);
    // What the recurrence alone says about the residuals ‖A·v − θ·v‖, and what they are.
    const couplings = last.map((s) => Math.abs(s * beta));
    const residuals = couplings.map((coupling) => Math.hypot(coupling, defect) + drift);
    // Pairs of the sequence that is still growing: those of closed ones have nothing of its start.
    const open = Array.from(first, (s, i) => Math.hypot(s, last[i]!) > 1e-8);
    const closing = mayHaveClosed(krylov, space);
    const order = rank(which, values);
    if (again) preferClosed(order, values, open, rounding);
    const wanted = order.slice(0, k).sort((i, j) => i - j);
    const best = pick(values, wanted);
    record(settings, history, products.spent, best, pick(residuals, wanted));
    if (delta !== undefined && norm !== undefined && !restarted && !again) {
      // The recurrence is that of a matrix so far from A.
      const off = defect + rounding * Math.sqrt(m);
      const bound = (sign: number, end: number) =>
        off +
        randomStartBound(
          diagonal.map((a) => sign * a),
          offDiagonal,
          sign * end,
          norm,
          delta,
        );
      if (which !== "smallest") upper = Math.min(upper, bound(1, values[0]!));
      if (which !== "largest") lower = Math.max(lower, -bound(-1, values[m - 1]!));
    }

    const small = (i: number): number => tolerance(settings, values[i]!, scale, space);
    const settled = (i: number): boolean => residuals[i]! <= small(i);
    // Converged as far as the recurrence goes: only the accuracy of the products is in the way.
    const calm = (i: number): boolean => couplings[i]! <= Math.max(small(i), rounding, defect / 8);

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
      if (!again) return closing ? !warm && k === 1 : !warm || m > 1;
      if (closing) return !wanted.some((i) => open[i]);
      const rival = order.find((i) => open[i]);
      if (rival === undefined) return false;
      if (!warm || wanted.includes(rival)) return calm(rival);
      return staysBehind(which, best, values[rival]!, residuals[rival]!);
    };
    /** Whether every wanted pair has settled and the best of the others permits an end. */
    const isReached = (): boolean => {
      const next = order[k];
      if (wanted.length !== k || !wanted.every(calm) || !nothingMissed()) return false;
      if (next === undefined) return true;
      // Written so that no witness (Infinity) asks nothing of the zero operator either.
      return !(residuals[next]! > witness * Math.max(...best.map(Math.abs)));
    };
    /** Whether the ends that were to be bounded are, to the tolerance of their values. */
    const isCertified = (): boolean =>
      delta === undefined ||
      ((which === "smallest" || upper - values[0]! <= small(0)) &&
        (which === "largest" || values[m - 1]! - lower <= small(m - 1)));

    let status: Status | undefined;
    if (m === n || (isReached() && (restarted || isCertified()))) status = "converged";
    else if (settings.signal?.aborted) status = "aborted";
    else if (products.spent >= settings.maxMatvecs) status = "budget-spent";
    if (status) {
      const columns = ritzRows(krylov).rows.map((row) => pick(row, wanted));
      const rest = krylov.basis.splice(m);
      const vectors = rotate(space, krylov.basis, columns, wanted.length);
      for (const v of rest) space.release(v);
      if (status === "converged") {
        // Where the rounding of the recurrence is in the way, a product of each says what is true.
        for (const [c, i] of wanted.entries()) {
          if (settled(i) || products.spent >= settings.maxMatvecs) continue;
          residuals[i] = yield* trueResidual(products, space, vectors[c]!, values[i]!);
        }
        if (!wanted.every(settled)) {
          status = wanted.every((i) => residuals[i]! <= 2 * rounding) ? "rounding" : "stagnated";
        } else if (!isCertified()) status = "budget-spent";
      }
      const message =
        advice(status, settings, "basisSize") ??
        (k > 1 && m < n ? "copies may be missing: lanczosWithCopies" : undefined);
      const probability = 1 - (delta ?? 1);
      return {
        ...certify(values, residuals, wanted, rounding, m === n),
        vectors,
        matvecs: products.spent,
        status,
        ...(message && { message }),
        ...(upper < Infinity && { upperBound: { value: upper, probability } }),
        ...(lower > -Infinity && { lowerBound: { value: lower, probability } }),
        ...(settings.history && { history }),
      };
    }

    if (closing) {
      again = true;
      origin = new Float64Array(m + 1);
      origin[m] = 1;
    }
    if (beta === 0) {
      closed = m;
      yield* addRandomDirection(krylov, n, space, random);
    }
    const size = Math.min(n, limits.basisSize ?? 2 * k + (delta === undefined ? 24 : 200));
    if (m >= size) {
      // What survives: the wanted pairs and one more for each that has settled, so that the shift
      // for the next one stays sharp; three tenths of the basis for a single pair, where keeping
      // more saves next to no products and costs time.
      const spare = Math.min(wanted.filter(settled).length, (size - k) / 2);
      const kept = Math.floor(k === 1 ? 0.3 * size : k + spare);
      const keep = order.slice(0, Math.max(1, Math.min(size - 1, kept)));
      const beyond = origin[m] ?? 0;
      const turned = restart(krylov, keep, closed, origin, space);
      closed = turned.closed;
      origin = Float64Array.of(...turned.origin, beyond);
      restarted = true;
    }
  }
}

/**
 * Of values that rounding cannot tell apart, those of sequences that have closed come first: a copy
 * that a new sequence shows of a wanted eigenvalue is none of the wanted pairs.
 */
function preferClosed(
  order: number[],
  values: Float64Array,
  open: readonly boolean[],
  rounding: number,
): void {
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (
      to < order.length &&
      Math.abs(values[order[to]!]! - values[order[to - 1]!]!) <= rounding
    ) {
      to++;
    }
    const tied = order.slice(from, to);
    order.splice(
      from,
      tied.length,
      ...tied.filter((i) => !open[i]),
      ...tied.filter((i) => open[i]),
    );
    from = to;
  }
}
