/**
 * How a solve ended.
 *
 * - `converged`: every residual is at most max(rtol·max(|θ|, ε^⅔·‖A‖), atol); an eigenvalue that
 *   rounding cannot tell from 0 needs a residual at rounding.
 * - `rounding`: as accurate as the products are, 32·ε·‖A‖, and rtol and atol ask for more.
 * - `stagnated`: the products are less accurate (or symmetric) than their arithmetic allows, and too
 *   inaccurate for the tolerance.
 * - `budget-spent`: `maxMatvecs` products were used first.
 * - `aborted`: the `signal` fired.
 */
export type Status = "converged" | "rounding" | "stagnated" | "budget-spent" | "aborted";

/** A bound of the spectrum that holds with a stated probability over the random start. */
export interface ProbableBound {
  readonly value: number;
  readonly probability: number;
}

/** One line of a solve's history: the wanted Ritz values and their residuals after some products. */
export interface HistoryEntry {
  readonly matvecs: number;
  readonly values: Float64Array;
  readonly residuals: Float64Array;
}

/** Approximate eigenpairs, and how far each can be trusted. */
export interface EigenResult<V = Float64Array> {
  /**
   * θ, [k], descending. Each is a Rayleigh quotient on a subspace: the j-th largest θ never lies
   * above the j-th largest eigenvalue (nor the j-th smallest below its own).
   */
  readonly values: Float64Array;
  /** k × [n], unit 2-norm. */
  readonly vectors: V[];
  /** ‖A·v − θ·v‖₂, [k]. */
  readonly residuals: Float64Array;
  /**
   * [k]: an eigenvalue of A lies within this distance of θ, without any assumption but that A is
   * symmetric. `boundKinds` says whether it is the residual or residual²/gap.
   */
  readonly errorBounds: Float64Array;
  /** "gap" only where the whole spectrum has been seen, so that the gap is known. */
  readonly boundKinds: ("residual" | "gap")[];
  /**
   * [k] residual²/gap (Kato–Temple), with the gap to the neighbouring Ritz intervals. Holds if no
   * eigenvalue inside the gap has escaped the subspace; infinite where the intervals overlap.
   */
  readonly gapBounds: Float64Array;
  /**
   * [k] sine of the angle between v and the eigenspace of its eigenvalue, at most: (residual +
   * rounding)/gap, on the same condition; 1 where the intervals overlap.
   */
  readonly angleBounds: Float64Array;
  /** Products with A, all of them. */
  readonly matvecs: number;
  readonly status: Status;
  /** What to change, when the status is not "converged"; remarks otherwise. */
  readonly message?: string;
  /** λmax lies below, with this probability; present where `certify` asked for it. */
  readonly upperBound?: ProbableBound;
  /** λmin lies above, likewise, where the lower end was asked for. */
  readonly lowerBound?: ProbableBound;
  /** Present when `history: true` was set. */
  readonly history?: HistoryEntry[];
}
