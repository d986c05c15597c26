/** A derivative by differences, with an estimate of its own error. */
export interface Difference {
  readonly value: Float64Array;
  /** Estimated 2-norm of the error of `value`. */
  readonly error: number;
}

/** Parts of a vector that are judged apart, such as the tensors of a gradient. */
export type Parts = readonly ArrayLike<number>[];

/** Relative steps 2⁻³, 2⁻⁴, ..., 2⁻¹⁷: at the end single precision leaves two digits. */
const STEPS = Array.from({ length: 15 }, (_, k) => 2 ** -(k + 3));
/** So many of them are used, the largest that do not leave the smooth piece around t = 0. */
const USED = 8;
const FLOAT32 = 2 ** -24;

/**
 * d/dt of f at t = 0, part by part, with steps chosen by what the differences say themselves.
 *
 *   D(h) = (f(h) − f(−h)) / 2h,   R(h) = (4·D(h/2) − D(h)) / 3   (error O(h⁴) for smooth f)
 *
 * Large steps suffer from higher derivatives, small ones from rounding in single precision. Where
 * R(h) agrees with its two neighbours neither matters: the step with the best agreement is taken,
 * and the disagreement is the error estimate.
 *
 * Steps across a kink (of a ReLU, a maximum) measure something else, however well they agree with
 * each other. They are left out; if too few steps are left, the error is infinite.
 *
 * @param branch the smooth piece that f(t) lies on
 * @see Ridders (1982), Accurate computation of F′(x) and F′(x)F″(x)
 */
export function differentiate(
  f: (t: number) => Parts,
  at0: Parts,
  branch: (t: number) => string,
): Difference[] {
  const here = branch(0);
  const smooth = STEPS.findIndex((h) => branch(h) === here && branch(-h) === here);
  const decided = smooth >= 0 && STEPS.length - smooth >= 4;
  const first = decided ? smooth : STEPS.length - 4;
  const steps = STEPS.slice(first, first + USED);
  const central = steps.map((h) => {
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
      const rounding = (4 * FLOAT32 * norm(part)) / steps[k + 1]!;
      const error = Math.max(gaps[k - 1]!, gaps[k]!, rounding);
      if (error < best.error) best = { value: extrapolated[k]!, error };
    }
    return decided ? best : { ...best, error: Number.POSITIVE_INFINITY };
  });
}

export function norm(x: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! ** 2;
  return Math.sqrt(sum);
}

export function distance(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i]! - y[i]!) ** 2;
  return Math.sqrt(sum);
}

export function dot(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
  return sum;
}
