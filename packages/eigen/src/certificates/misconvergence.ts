/**
 * When resolved Ritz pairs may be taken for the wanted ones.
 *
 * A small residual proves that some eigenvalue is near θ, not that it is the wanted one: a Krylov
 * space knows nothing of what its start has no part of, and shows one vector of each eigenspace
 * (p vectors for a block of p).
 *
 * @see Parlett, Simon & Stringer (1982), On estimating the largest eigenvalue with the Lanczos
 *   algorithm, on misconvergence
 */

import { pick } from "../solver/pick.js";
import { staysBehind, type Which } from "../solver/settings.js";
import type { RitzPairs } from "./convergence.js";

/** Ritz pairs of single-vector Lanczos. */
export interface SequencePairs extends RitzPairs {
  /** [m] whether a pair has a part in the sequence that is growing now. */
  readonly open: readonly boolean[];
}

/**
 * Whether single-vector Lanczos has missed none of the wanted pairs, all of them being resolved.
 *
 * A random start has a part along every eigenspace, so its Krylov space may be trusted until it
 * closes. Then it has shown one vector of each eigenspace only, and further sequences in the
 * complement must run until one adds nothing to the wanted pairs. A warm start may be an
 * eigenvector of anything: one more product looks beyond it, and if it is exactly invariant a random
 * direction must be seen to lie below.
 *
 * @param isAnother whether a sequence has closed before, and this one began at random outside of it
 * @param isClosing whether the space may have closed with the last product
 * @param isWarm whether the first start was given by the user
 */
export function sequenceMissesNothing(
  which: Which,
  { values, residuals, order, wanted, isResolved, open }: SequencePairs,
  isAnother: boolean,
  isClosing: boolean,
  isWarm: boolean,
): boolean {
  if (!isAnother) return isClosing ? !isWarm && wanted.length === 1 : !isWarm || values.length > 1;
  if (isClosing) return !wanted.some((i) => open[i]);
  const rival = order.find((i) => open[i]);
  if (rival === undefined) return false;
  if (!isWarm || wanted.includes(rival)) return isResolved(rival);
  return staysBehind(which, pick(values, wanted), values[rival]!, residuals[rival]!);
}

/** What a sequence of Lanczos blocks stands on. */
export interface BlockOrigin {
  /** Vectors in a block. */
  readonly blockSize: number;
  /** Its start was given by the user, and may be invariant. */
  readonly isWarm: boolean;
  /** The space has closed with the last products. */
  readonly isClosed: boolean;
  /** The wanted values when the space closed last, before this sequence. */
  readonly before: Float64Array | undefined;
}

/**
 * Whether block Lanczos has missed none of the wanted pairs, all of them being resolved.
 *
 * A random block sees as many vectors of each eigenspace as it has. Beyond that, or after a start that
 * may be invariant itself, a closed space proves nothing until a fresh block adds nothing to it.
 */
export function blockMissesNothing(
  which: Which,
  { values, residuals, order, wanted, rounding, isResolved }: RitzPairs,
  { blockSize, isWarm, isClosed, before }: BlockOrigin,
): boolean {
  const k = wanted.length;
  if (before === undefined) return !isClosed || (k <= blockSize && !isWarm);
  if (isClosed) return wanted.every((i, c) => Math.abs(values[i]! - before[c]!) <= rounding);
  const best = pick(values, wanted);
  return order
    .slice(k)
    .every((i) => isResolved(i) || staysBehind(which, best, values[i]!, residuals[i]!));
}

/**
 * Whether the best unwanted pair has a residual of at most `witness` times the largest wanted |θ|:
 * while it is unresolved, an eigenvalue among the wanted ones may be so too.
 */
export function isWitnessed(
  { values, residuals, order, wanted }: RitzPairs,
  witness: number,
): boolean {
  const largest = Math.max(...wanted.map((i) => Math.abs(values[i]!)));
  // Written so that neither a missing pair nor ∞·0, no witness of the zero operator, asks for more.
  return !(residuals[order[wanted.length]!]! > witness * largest);
}
