/** Integrals over a spectrum, with an error. */

import { check, checkNumber } from "../solver/error.js";
import { meanOf } from "../trace/margin.js";
import type { RandomStart } from "./ends.js";
import { integrate, type Rule, radau } from "./gauss.js";
import { polynomialError } from "./polynomial.js";
import { sensitivity } from "./sensitivity.js";

/**
 * Signs of the higher derivatives of f, where they do not change: "alternating" for log, 1/x, √x,
 * exp(−x) (used where x > 0 on the whole spectrum), "equal" for exp(x).
 */
export type Derivatives = "alternating" | "equal";

/** An integral over the spectrum, such as tr f(A), with an interval for it. */
export interface SpectralIntegral {
  /** Middle of the interval; the Gauss quadrature where that is not bounded. */
  readonly value: number;
  /** Spread over the random vectors. */
  readonly standardError: number;
  /**
   * How far the quadratures may be from the quadratic forms that they stand for: half the bracket of
   * their Gauss and Gauss–Radau rules, or what polynomials of their degree cannot follow. Infinity where
   * nothing bounds it.
   */
  readonly quadratureError: number;
  /** The interval holds the integral in 95 % of all runs: bracket, rounding and spread together. */
  readonly lower: number;
  readonly upper: number;
  /** max(upper − value, value − lower). */
  readonly error: number;
  /** Why the interval is not bounded, and what to do. */
  readonly message?: string;
}

/** What is known of the spectrum. */
interface Known {
  readonly starts: readonly RandomStart[];
  /** The Gauss rule of each start. */
  readonly rules: readonly Rule[];
  readonly n: number;
  /** All eigenvalues lie between. */
  readonly lowerEnd: number;
  readonly upperEnd: number;
  /** What the products are wrong by. */
  readonly rounding: number;
}

/** Bounds of vᵀf(A)v for one start v. */
type Bracket = readonly [low: number, high: number];

/** Functions whose derivatives are known. */
export const KNOWN: ReadonlyMap<unknown, Derivatives> = /* @__PURE__ */ new Map([
  [Math.log, "alternating"],
  [Math.sqrt, "alternating"],
  [Math.exp, "equal"],
]);

/** @throws EigenError "bad-setting" if it is neither of them */
export function checkDerivatives(derivatives: Derivatives | undefined): void {
  const names = [undefined, "alternating", "equal"];
  check(names.includes(derivatives), `derivatives are alternating or equal, got ${derivatives}`);
}

/** Integrals over the spectrum, each with its interval. */
export function integrals({ starts, rules, n, lowerEnd, upperEnd, rounding }: Known): {
  /** scale/n·tr f(A). */
  integral(
    f: (x: number) => number,
    scale: number,
    derivatives?: Derivatives,
    /** Width of the finest detail of f, if that is known. */
    detail?: number,
  ): SpectralIntegral;
  /** The fraction of eigenvalues at most x. */
  fraction(x: number): SpectralIntegral;
} {
  const closed = starts.map(({ offDiagonal }) => offDiagonal.at(-1) === 0);

  function integral(
    given: (x: number) => number,
    scale: number,
    derivatives = KNOWN.get(given),
    detail = Infinity,
  ): SpectralIntegral {
    check(typeof given === "function", "an integral takes a function of an eigenvalue");
    checkDerivatives(derivatives);
    // Rounding puts nodes beyond the ends, where f need not be defined.
    const f = (x: number) => given(Math.min(Math.max(x, lowerEnd), upperEnd));
    const points = [lowerEnd, upperEnd, ...rules.flatMap(({ nodes }) => [...nodes])];
    const slack = sensitivity(f, points, rounding, 2 ** -53);
    const bracketOf =
      derivatives === "equal"
        ? byRadau(f, upperEnd, 1)
        : derivatives === "alternating" && lowerEnd >= 0
          ? byRadau(f, lowerEnd, -1)
          : byPolynomial(f, detail);
    const brackets = rules.map((rule, i): Bracket => {
      const [low, high] = bracketOf(integrate(rule, f), i);
      return [low - slack, high + slack];
    });
    return combine(f, brackets, scale);
  }

  /** The derivative in the remainder of a Radau rule has one sign, that in Gauss's the other. */
  const byRadau =
    (f: (x: number) => number, end: number, side: 1 | -1) => (value: number, i: number) => {
      const other = closed[i] ? value : integrate(radau(starts[i]!, end, side, rounding), f);
      return [Math.min(value, other), Math.max(value, other)] as const;
    };

  /** Rule and quadratic form agree on the polynomial, and each is off by its error at most. */
  function byPolynomial(f: (x: number) => number, detail: number) {
    const seen = rules.flatMap(({ nodes }) => [...nodes]);
    const errors: number[] = [];
    return (value: number, i: number) => {
      const degree = 2 * rules[i]!.nodes.length - 1;
      // Finer detail may lie between all points at which f is looked at.
      const isHidden = detail < (upperEnd - lowerEnd) / (2 * degree);
      errors[degree] ??= isHidden
        ? Number.POSITIVE_INFINITY
        : 2 * polynomialError(f, lowerEnd, upperEnd, degree, seen);
      const error = closed[i] ? 0 : errors[degree]!;
      return [value - error, value + error] as const;
    };
  }

  /**
   * Chebyshev, Markov and Stieltjes: the measure up to a node lies between the weights of the nodes
   * before it and those including it.
   */
  function fraction(x: number): SpectralIntegral {
    checkNumber("x", x, -Infinity);
    checkNumber("x", x, -Infinity);
    if (x < lowerEnd)
      return combine(
        () => 0,
        rules.map(() => [0, 0]),
        1,
      );
    if (x >= upperEnd)
      return combine(
        () => 1,
        rules.map(() => [1, 1]),
        1,
      );
    const brackets = rules.map(({ nodes, weights }, i): Bracket => {
      const open = closed[i] ? 0 : 1;
      const sum = (from: number) => weights.reduce((s, w, j) => (j >= from ? s + w : s), 0);
      const below = nodes.filter((node) => node > x - rounding).length;
      const upTo = nodes.filter((node) => node > x + rounding).length;
      return [sum(below + open) - 4e-15, sum(upTo - open) + 4e-15];
    });
    return combine((y) => (y <= x ? 1 : 0), brackets, 1);
  }

  /** The interval from bounds of the quadratic form of each sample. */
  function combine(
    f: (x: number) => number,
    brackets: readonly Bracket[],
    scale: number,
  ): SpectralIntegral {
    const middles = rules.map((rule) => integrate(rule, f));
    const bounded = brackets.flat().every(Number.isFinite);
    const skew = skewOf(f);
    const low = meanOf(
      brackets.map(([value]) => value),
      skew,
    );
    const high = meanOf(
      brackets.map(([, value]) => value),
      skew,
    );
    const middle = meanOf(middles);
    const value = scale * (bounded ? (low.value + high.value) / 2 : middle.value);
    // A vector of one entry is ±1: there is no spread.
    const spread = (x: number) => (n > 1 ? scale * x : 0);
    const lower = bounded ? scale * low.value - spread(low.margin) : -Infinity;
    const upper = bounded ? scale * high.value + spread(high.margin) : Infinity;
    const ends = `[${lowerEnd.toPrecision(4)}, ${upperEnd.toPrecision(4)}]`;
    return {
      value,
      standardError: spread(middle.standardError),
      quadratureError: bounded ? (scale * (high.value - low.value)) / 2 : Infinity,
      lower,
      upper,
      error: bounded ? Math.max(upper - value, value - lower) : Infinity,
      ...(!(spread(middle.standardError) < Infinity) && {
        message: "a single random vector shows no spread: raise samples",
      }),
      ...(!bounded && {
        message: `of the spectrum it is known that it lies in ${ends}, and there ${starts[0]!.diagonal.length} steps do not bound this function: raise steps, or set lowerEnd and upperEnd`,
      }),
    };
  }

  /**
   * Squared skewness of vᵀf(A)v beside that of rank one, (tr B³)²/(tr B²)³ with B = f(A) less its mean:
   * seen from the rules, which tell it far better than a few samples.
   */
  function skewOf(f: (x: number) => number): number {
    const mean = (g: (x: number) => number) =>
      rules.reduce((sum, rule) => sum + integrate(rule, g), 0) / rules.length;
    const center = mean(f);
    const square = mean((x) => (f(x) - center) ** 2);
    const cube = mean((x) => (f(x) - center) ** 3);
    return Math.min(1, cube ** 2 / (n * square ** 3) || 1);
  }

  return { integral, fraction };
}
