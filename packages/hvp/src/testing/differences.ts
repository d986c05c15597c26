/** Differences of high order, of functions whose rounding is known. */

import { checkTypedOptions, nonNegative, nonNegativeInteger, positive } from "@eoss/rng/internal";
import { norm } from "../parameters/vectors.js";

/** A derivative from differences, with what is known of its error. */
export interface DifferenceQuotient {
  /** dφ/dt at 0. */
  readonly value: Float64Array;
  /** Estimated 2-norm of its error: truncation and rounding. */
  readonly error: number;
  /** The step that was chosen. */
  readonly step: number;
}

export interface DifferenceOptions {
  /** The first and largest step; default 1/8. The curve is evaluated at up to four steps from 0. */
  readonly largestStep?: number;
  /** Halvings tried at most; default 9. */
  readonly halvings?: number;
  /** Relative rounding error of φ; default that of float32. */
  readonly rounding?: number;
}

/** Weights of f(kh) − f(−kh) in central differences of order 6 and 8, k = 1, 2, 3, 4. */
const ORDER_6 = [3 / 4, -3 / 20, 1 / 60, 0];
const ORDER_8 = [4 / 5, -1 / 5, 4 / 105, -1 / 280];

/**
 * Weights of f(kh) − 2f(0) + f(−kh) that cancel t², t⁴ and t⁶, and leave the jump of the slope of a
 * kink: 1 for |t|/h.
 */
const KINK = [56 / 20, -28 / 20, 8 / 20, -1 / 20];

/**
 * The derivative at 0 of a curve φ: ℝ → ℝⁿ by central differences of order eight, at several steps.
 *
 *   φ′(0) ≈ 1/h Σ_k w_k (φ(kh) − φ(−kh)),   k = 1..4
 *
 * The distance to order six bounds the truncation error of order eight wherever φ is smooth; the
 * rounding error grows as 1/h. The step with the smallest sum of both is taken. A kink next to 0,
 * which every central difference averages, is looked for in the even part of φ, and counts as error.
 * Steps are powers of two: arguments stay exact if the points are multiples of one.
 *
 * Where rounding is not known but has to be measured, as of a whole network, `verify` has differences
 * of its own, of order four.
 *
 * @see Fornberg (1988), Generation of finite difference formulas on arbitrarily spaced grids
 */
export function differentiate(
  phi: (t: number) => Float64Array,
  options: DifferenceOptions = {},
): DifferenceQuotient {
  checkTypedOptions("differentiate", options, {
    ...{ largestStep: positive, halvings: nonNegativeInteger, rounding: nonNegative },
  });
  const { largestStep = 1 / 8, halvings = 9, rounding = 2 ** -24 } = options;
  const known = new Map<number, Float64Array>();
  const at = (t: number) => {
    const value = known.get(t) ?? phi(t);
    known.set(t, value);
    return value;
  };
  const scale = norm(at(0));
  let best: DifferenceQuotient | undefined;
  for (let halving = 0; halving <= halvings; halving++) {
    const step = largestStep / 2 ** halving;
    const value = combined(at, step, ORDER_8, -1);
    const lower = combined(at, step, ORDER_6, -1);
    const kink = norm(combined(at, step, KINK, 1)) / 2;
    const truncation = Math.max(norm(value.map((x, i) => x - lower[i]!)), kink);
    const error = truncation + (rounding * scale) / step;
    // Outside of φ's domain the error is NaN.
    if (Number.isFinite(error) && !(error >= (best?.error ?? Number.POSITIVE_INFINITY))) {
      best = { value, error, step };
    }
    // A smaller step would only add rounding.
    if (best && truncation < (rounding * scale) / step) break;
  }
  if (best === undefined) throw new RangeError("the function is not finite around this point");
  return best;
}

/** 1/h Σ_k w_k (φ(kh) − φ(0) + parity·(φ(−kh) − φ(0))): odd differences or even ones. */
function combined(
  at: (t: number) => Float64Array,
  step: number,
  weights: readonly number[],
  parity: 1 | -1,
): Float64Array {
  const middle = at(0);
  const sum = new Float64Array(middle.length);
  for (const [index, weight] of weights.entries()) {
    if (weight === 0) continue;
    const t = (index + 1) * step;
    const [right, left] = [at(t), at(-t)];
    for (let i = 0; i < sum.length; i++) {
      const change = right[i]! - middle[i]! + parity * (left[i]! - middle[i]!);
      sum[i]! += (weight * change) / step;
    }
  }
  return sum;
}
