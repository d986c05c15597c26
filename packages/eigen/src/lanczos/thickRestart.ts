/** The algorithm of `lanczos`. */

import type { Cycle } from "../certificates/amplification.js";
import { checkByProducts, ritzPairs, roundingOf } from "../certificates/convergence.js";
import { certify } from "../certificates/errorBounds.js";
import {
  isWitnessed,
  type SequencePairs,
  sequenceMissesNothing,
} from "../certificates/misconvergence.js";
import { type Ends, recurrenceError, tightenEnds } from "../certificates/randomStartBound.js";
import { tridiagonalEigen } from "../dense/tridiagonal.js";
import type { Products } from "../operators/operator.js";
import { pick } from "../solver/pick.js";
import { createRandom } from "../solver/random.js";
import { advice, interruption, record } from "../solver/report.js";
import type { EigenResult, HistoryEntry, Status } from "../solver/result.js";
import { rank, type Shared } from "../solver/settings.js";
import type { Steps } from "../solver/steps.js";
import type { AsyncVectorSpace } from "../vectors/space.js";
import { startVector } from "../vectors/startVector.js";
import { normalize, rotate } from "../vectors/vectors.js";
import {
  addRandomDirection,
  beginAnother,
  extend,
  type Krylov,
  keptOf,
  mayHaveClosed,
  restart,
  ritzRows,
  startKrylov,
} from "./krylov.js";

/** Limits of one search. */
export interface Limits {
  readonly basisSize?: number | undefined;
  readonly symmetryTol: number;
  /** δ: the ends of the spectrum are bounded with a probability of 1 − δ each; default: not. */
  readonly certify?: number;
  /** Residual, relative to the wanted |θ|, that the best unwanted pair must have reached too. */
  readonly witness?: number;
}

/**
 * Thick-restart Lanczos; see `lanczos`.
 *
 *   A·V = V·T + β·v·eⱼᵀ            one product (`extend`)
 *   T·s = θ·s                      Ritz pairs (θ, V·s) with residuals β·|sⱼ|
 *   end                            if the wanted pairs have converged
 *   V ← V·S                        if the basis is full: the best Ritz vectors stay (`restart`)
 *
 * Departures from Wu & Simon (2000):
 *
 * - The stop rule is tested after every product, not at restarts only.
 * - T stays tridiagonal through restarts, by plane rotations, so that one recurrence serves all.
 * - Reorthogonalisation is full. What it removes measures how far T is from VᵀAV; that and the
 *   rounding of restarts are part of every residual. A pair that only they keep from converging gets
 *   a product of its own at the end (`checkByProducts`).
 * - A space that closes (β at rounding) goes on along a random direction outside of it, and shows
 *   copies of eigenvalues. A small β that may be rounding is kept in T all the same.
 * - Small residuals do not end a search alone: see `sequenceMissesNothing`.
 * - What stays at a restart depends on how many pairs have converged (`keptOf`).
 * - With `certify` the ends of the spectrum are bounded too, through restarts: of vectors that are
 *   dropped their recurrence stays (`logAmplification`).
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
  const size = Math.min(n, limits.basisSize ?? 2 * k + (delta === undefined ? 24 : 200));
  const random = createRandom(settings.seed);
  const { vector, norm } =
    start !== undefined
      ? { vector: yield* startVector<V>(start, n, space, random), norm: length }
      : yield* normalize(space, space.random(n, random));
  const krylov = startKrylov(vector);
  const isWarm = start !== undefined && length === undefined;
  const history: HistoryEntry[] = [];
  const ends: Ends = {};
  let before: readonly Cycle[] = [];
  let seam = 0;

  for (;;) {
    yield* extend(krylov, products, space, limits.symmetryTol);
    const pairs = solveProjected(krylov, settings, space);
    const { values, residuals, wanted, order, isConverged, tolerances } = pairs;
    const m = values.length;
    record(settings, history, products.spent, pick(values, wanted), pick(residuals, wanted));
    const { diagonal, offDiagonal, defect } = krylov;
    // Copies: a restart works in place.
    const cycles = [...before, { diagonal: [...diagonal], offDiagonal: [...offDiagonal], seam }];
    const off = recurrenceError(cycles, defect, pairs);
    if (delta !== undefined && norm !== undefined && !krylov.isAnother) {
      tightenEnds(ends, which, cycles, pairs, off, norm, delta);
    }

    const isClosing = mayHaveClosed(krylov, space);
    const isReached =
      wanted.length === k &&
      wanted.every(pairs.isResolved) &&
      sequenceMissesNothing(which, pairs, krylov.isAnother, isClosing, isWarm) &&
      isWitnessed(pairs, witness);
    // The ends that are asked for, which the first product bounds, are known to the tolerance.
    const isCertified =
      (ends.upperBound?.value ?? values[0]!) - values[0]! <= tolerances[0]! &&
      values[m - 1]! - (ends.lowerBound?.value ?? values[m - 1]!) <= tolerances[m - 1]!;
    // What more products would not change.
    const isHopeless = seam > 0 && (krylov.isAnother || off > tolerances[0]!);
    let status: Status | undefined = interruption(settings, products.spent);
    if (m === n || (isReached && (isCertified || isHopeless))) status = "converged";
    if (status) {
      const vectors = makeVectors(krylov, wanted, space);
      if (status === "converged") {
        status = yield* checkByProducts(products, space, pairs, vectors, settings.maxMatvecs);
        if (status === "converged" && !isCertified) status = "budget-spent";
      }
      const message =
        advice(status, settings, "basisSize") ??
        (k > 1 && m < n ? "copies may be missing: lanczosWithCopies" : undefined);
      return {
        ...certify(values, residuals, wanted, pairs.rounding, m === n),
        vectors,
        matvecs: products.spent,
        status,
        ...(message && { message }),
        ...ends,
        ...(settings.history && { history }),
      };
    }

    if (isClosing) beginAnother(krylov);
    if (krylov.offDiagonal[m - 1] === 0) yield* addRandomDirection(krylov, n, space, random);
    if (m >= size) {
      before = cycles;
      seam = keptOf(k, wanted.filter(isConverged).length, size);
      restart(krylov, order.slice(0, seam), space);
    }
  }
}

/** The Ritz pairs of T, and which of them belong to the sequence that is still growing. */
function solveProjected<V>(
  krylov: Krylov<V>,
  settings: Shared,
  space: AsyncVectorSpace<V>,
): SequencePairs {
  const { diagonal, offDiagonal, origin, isAnother } = krylov;
  const m = diagonal.length;
  const first = new Float64Array(m);
  const last = new Float64Array(m);
  first.set(origin);
  last[m - 1] = 1;
  const values = tridiagonalEigen(diagonal, offDiagonal, [first, last]);
  krylov.scale = Math.max(krylov.scale, values[0]!, -values[m - 1]!);
  const couplings = last.map((s) => Math.abs(s * offDiagonal[m - 1]!));
  // Those of closed sequences have nothing of its start.
  const open = Array.from(first, (s, i) => Math.hypot(s, last[i]!) > 1e-8);
  const order = rank(settings.which, values);
  if (isAnother) preferClosed(order, values, open, roundingOf(space, krylov.scale));
  return { ...ritzPairs(settings, space, krylov, values, couplings, order), open };
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
  const ties: number[] = [];
  let tie = 0;
  order.forEach((i, place) => {
    // Not so for the first, which has none before it.
    const isTied = Math.abs(values[i]! - values[order[place - 1]!]!) <= rounding;
    ties[i] = isTied ? tie : ++tie;
  });
  order.sort((i, j) => ties[i]! - ties[j]! || +open[i]! - +open[j]!);
}

/** The Ritz vectors V·s of the wanted pairs; consumes the basis. */
function makeVectors<V>(
  krylov: Krylov<V>,
  wanted: readonly number[],
  space: AsyncVectorSpace<V>,
): V[] {
  const rows = ritzRows(krylov).rows.map((row) => pick(row, wanted));
  for (const v of krylov.basis.splice(rows.length)) space.release(v);
  return rotate(space, krylov.basis, rows, wanted.length);
}
