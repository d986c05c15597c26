import { distance, norm } from "../vectors.js";

/** A derivative by differences, with an estimate of its own error. */
export interface Difference {
  readonly value: Float64Array;
  /** Estimated 2-norm of the error of `value`. */
  readonly error: number;
}

/** Parts of a vector that are judged apart, such as the tensors of a gradient. */
export type Parts = readonly ArrayLike<number>[];

/** Relative steps 2⁻³, 2⁻⁴, ..., 2⁻¹⁰. */
const STEPS = Array.from({ length: 8 }, (_, k) => 2 ** -(k + 3));
const FLOAT32 = 2 ** -24;

/**
 * d/dt of a smooth f at t = 0, part by part, with steps chosen by what the differences say themselves.
 *
 *   D(h) = (f(h) − f(−h)) / 2h,   R(h) = (4·D(h/2) − D(h)) / 3   (error O(h⁴))
 *
 * Large steps suffer from higher derivatives, small ones from rounding in single precision. Where
 * R(h) agrees with its two neighbours neither matters: the step with the best agreement is taken,
 * and the disagreement is the error estimate.
 *
 * @see Ridders (1982), Accurate computation of F′(x) and F′(x)F″(x)
 */
export function differentiate(f: (t: number) => Parts, at0: Parts): Difference[] {
  const central = STEPS.map((h) => {
    const after = f(h).map((part) => Float64Array.from(part));
    const before = f(-h);
    return after.map((part, p) => part.map((x, i) => (x - before[p]![i]!) / (2 * h)));
  });
  return at0.map((part, p) => {
    const extrapolated = central
      .slice(1)
      .map((finer, k) => finer[p]!.map((fine, i) => (4 * fine - central[k]![p]![i]!) / 3));
    const gaps = extrapolated.slice(1).map((next, k) => distance(next, extrapolated[k]!));
    let best: Difference = { value: extrapolated[0]!, error: Number.POSITIVE_INFINITY };
    for (let k = 1; k < gaps.length; k++) {
      // Chance agreement of a few entries must not promise more than single precision has.
      const rounding = (4 * FLOAT32 * norm(part)) / STEPS[k + 1]!;
      const error = Math.max(gaps[k - 1]!, gaps[k]!, rounding);
      if (error < best.error) best = { value: extrapolated[k]!, error };
    }
    return best;
  });
}
