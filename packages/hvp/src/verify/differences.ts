/** Differences of noisy functions, with an error that they measure themselves. */

import { distance, norm } from "../parameters/vectors.js";

/** Why a difference cannot be trusted further than it is. */
export type Doubt = "rounding" | "higher derivatives" | "a kink" | "not finite";

/** A derivative by differences, with an estimate of its own error. */
export interface Difference {
  readonly value: Float64Array;
  /** Estimated 2-norm of the error of `value`. */
  readonly error: number;
  /** What `error` is due to. */
  readonly doubt: Doubt;
  /** Measured 2-norm of the rounding errors of the function itself. */
  readonly noise: number;
  /** Where the function does not move at all near 0, as a saturated loss: what it might hide. */
  readonly hidden?: () => number;
}

/** Parts of a vector that are judged apart, such as the tensors of a gradient. */
export type Parts = readonly ArrayLike<number>[];

/** Relative steps 2⁻³, 2⁻⁴, ..., 2⁻⁹; and small ones, that see what the others step over. */
const STEPS = Array.from({ length: 7 }, (_, k) => 2 ** -(k + 3));
const SMALL_STEPS = [2 ** -13, 2 ** -14, 2 ** -15];
const FLOAT32 = 2 ** -24;

/**
 * Sums over t = 4h, 2h, h that cancel a polynomial of degree 5, of the odd and of the even part of a
 * function; how many times the noise of a single value is left; and of the even one, of |t|/h.
 */
const ODD = { weights: [1, -10, 16], noise: Math.hypot(1, 10, 16) / Math.SQRT2 };
const EVEN = {
  weights: [1, -20, 64],
  noise: Math.hypot(1, 20, 64, Math.SQRT2 * (1 - 20 + 64)) / Math.SQRT2,
  kink: 4 - 40 + 64,
};
/** Noise of R(h) in units of that of a single value, times h. */
const NOISE_OF_R = 1.9;

/** Norms of weighted sums of three vectors in a row. */
function left(values: readonly Float64Array[], [a, b, c]: readonly number[]): number[] {
  return values.slice(2).map((third, k) => {
    const [first, second] = [values[k]!, values[k + 1]!];
    return norm(third.map((x, i) => a! * first[i]! + b! * second[i]! + c! * x));
  });
}

const rms = (x: readonly number[]) => norm(x) / Math.sqrt(x.length);

/**
 * d/dt of a smooth f at t = 0, part by part, with steps chosen by what the differences say themselves.
 *
 *   D(h) = (f(h) − f(−h)) / 2h,   R(h) = (4·D(h/2) − D(h)) / 3   (error O(h⁴))
 *
 * Large steps suffer from higher derivatives, which show in the distance of R(h) to its neighbours;
 * small ones from rounding, which is measured: at the smallest steps, sums that cancel polynomials
 * leave nothing else. The step with the smallest error is taken. A kink shows as a part of f that
 * grows as |t|, and what is finer than all these steps in D(h) of smaller ones.
 *
 * The differences of order eight by which `checkRule` judges a single op are more accurate, but take
 * it that values are rounded once to float32: a deep network's are not.
 *
 * @param largest of all values that f is computed from: a function that does not move has the
 *   rounding errors of these
 * @see Ridders (1982), Accurate computation of F′(x) and F′(x)F″(x); Moré & Wild (2011), Estimating
 *   computational noise
 */
export function differentiateNoisy(
  f: (t: number) => Parts,
  at0: Parts,
  largest: () => number,
): Difference[] {
  const copies = (parts: Parts) => parts.map((part) => Float64Array.from(part));
  const bothSides = (h: number) => [copies(f(h)), copies(f(-h))] as const;
  const sides = STEPS.map(bothSides);
  const small = SMALL_STEPS.map(bothSides);
  return at0.map((middle, p) => {
    const oddPart = ([after, before]: (typeof sides)[number]) =>
      after[p]!.map((x, i) => (x - before[p]![i]!) / 2);
    const evenPart = ([after, before]: (typeof sides)[number]) =>
      after[p]!.map((x, i) => (x + before[p]![i]!) / 2 - middle[i]!);
    const odd = sides.map(oddPart);
    const evenLeft = left(sides.map(evenPart), EVEN.weights);
    const noises = [
      left(odd, ODD.weights)
        .slice(-3)
        .map((r) => r / ODD.noise),
      evenLeft.slice(-3).map((r) => r / EVEN.noise),
    ].flat();
    // What these steps do not resolve is no noise; of three smaller ones there are few samples.
    const atSmall = [
      left(small.map(oddPart), ODD.weights)[0]! / ODD.noise,
      left(small.map(evenPart), EVEN.weights)[0]! / EVEN.noise,
    ];
    const noise = Math.max(Math.min(rms(noises), 3 * rms(atSmall)), 2 * FLOAT32 * norm(middle));

    const slopes = odd.map((values, k) => values.map((x) => x / STEPS[k]!));
    const extrapolated = slopes
      .slice(1)
      .map((finer, k) => finer.map((fine, i) => (4 * fine - slopes[k]![i]!) / 3));
    const gaps = extrapolated.slice(1).map((next, k) => distance(next, extrapolated[k]!));
    let best: Difference = {
      value: extrapolated[0]!,
      error: Number.POSITIVE_INFINITY,
      doubt: "not finite",
      noise,
    };
    for (let k = 1; k < gaps.length; k++) {
      const h = STEPS[k]!;
      const rounding = (NOISE_OF_R * noise) / h;
      const truncation = Math.max(gaps[k - 1]!, gaps[k]!);
      const bend = evenLeft[Math.min(k, evenLeft.length - 1)]!;
      const kink = bend > 4 * EVEN.noise * noise ? (bend / EVEN.kink) * (4 / h) : 0;
      const value = extrapolated[k]!;
      const finer = small.map((pair, s) => {
        const slope = oddPart(pair).map((x) => x / SMALL_STEPS[s]!);
        return distance(slope, value) - (4 * noise) / SMALL_STEPS[s]!;
      });
      const error = Math.max(rounding, truncation, kink, ...finer);
      if (!(error < best.error)) continue;
      const doubt =
        error === rounding ? "rounding" : error === kink ? "a kink" : "higher derivatives";
      best = { value, error, doubt, noise };
    }
    const still = small.every((pair) => pair.every((side) => distance(side[p]!, middle) === 0));
    if (!still) return best;
    return { ...best, hidden: () => (NOISE_OF_R * 2 * FLOAT32 * largest()) / STEPS[1]! };
  });
}
