import {
  diagonal,
  type Estimate,
  hutchinson,
  hutchPlusPlus,
  nystrom,
  type SpectralDensity,
  type SpectralIntegral,
  spectralDensity,
  xtrace,
} from "@eoss/eigen";
import { describe, expect, it } from "vitest";
import { denseOperator, diagonalOperator } from "../matrices.fixture.js";
import { marginFactor, studentQuantile } from "./margin.js";

/**
 * Stated against seen: how often a truth lies in the interval that is stated for 95 % of all runs. The
 * random vectors have no preferred direction, so that diagonal operators stand for all.
 */
const RUNS = process.env.EOSS_LONG ? 1000 : 60;
/** What 95 % of RUNS leaves below itself with a probability of 1e-4. */
const LEAST = 0.95 - 3.7 * Math.sqrt((0.95 * 0.05) / RUNS);

const linear = (n: number, from: number, to: number) =>
  Array.from({ length: n }, (_, i) => from + ((to - from) * i) / Math.max(1, n - 1));
const graded = (n: number, decades: number) => linear(n, 0, -decades).map((e) => 10 ** e);
const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

/** Share of runs in which the truth is covered. */
function seen(covered: (seed: number) => boolean, from: number): number {
  let count = 0;
  for (let run = 0; run < RUNS; run++) if (covered(from * 10_000 + run)) count++;
  return count / RUNS;
}

describe("quantiles", () => {
  it("follow Student's, from above", () => {
    const table = { 1: 12.7062, 2: 4.3027, 3: 3.1824, 4: 2.7764, 6: 2.4469, 9: 2.2622, 29: 2.0452 };
    for (const [freedom, quantile] of Object.entries(table)) {
      const ratio = studentQuantile(Number(freedom)) / quantile;
      expect(ratio).toBeGreaterThanOrEqual(1 - 1e-4);
      expect(ratio).toBeLessThan(1.015);
    }
    expect(marginFactor(1)).toBe(Infinity);
  });
});

const spectra: [name: string, values: number[]][] = [
  ["flat", linear(40, 1, 2)],
  ["flat, indefinite", Array.from({ length: 40 }, (_, i) => Math.cos(i))],
  ["one outlier", [50, ...linear(39, 1, 1.1)]],
  ["one outlier of 1e10", [1e10, ...linear(39, 1, 2)]],
  ["slow decay", Array.from({ length: 40 }, (_, i) => 1 / (1 + i))],
  ["fast decay", Array.from({ length: 40 }, (_, i) => 0.3 ** i)],
  ["rank three and noise", [1, 1, 1, ...linear(37, 1e-6, 2e-6)]],
  ["four negative", [-5, -5, -5, -5, ...linear(36, 0.1, 0.2)]],
  ["two levels", Array.from({ length: 40 }, (_, i) => (i < 9 ? 1 : 0.05))],
  ["rank one", [1, ...new Array(39).fill(0)]],
  ["zero", new Array(40).fill(0)],
  ["n = 1", [-2.5]],
  ["n = 2", [1, -3]],
  ["n = 3", [1, 0, 5]],
];

type Trace = (
  seed: number,
  matvecs: number,
) => (operator: ReturnType<typeof diagonalOperator>) => Estimate;
const estimators: [name: string, budgets: number[], estimate: Trace][] = [
  ["hutchinson", [2, 3, 10], (seed, matvecs) => hutchinson({ seed, matvecs })],
  ["hutchPlusPlus", [6, 9, 24], (seed, matvecs) => hutchPlusPlus({ seed, matvecs })],
  ["xtrace", [4, 6, 8, 24, 50], (seed, matvecs) => xtrace({ seed, matvecs })],
];

describe.each(estimators)("%s", (_, budgets, estimate) => {
  it.each(spectra)("covers the trace: %s", (name, values) => {
    const operator = diagonalOperator(values);
    const truth = sum(values);
    const from = spectra.findIndex(([other]) => other === name);
    for (const matvecs of budgets) {
      const share = seen(
        (seed) => {
          const r = estimate(seed, matvecs)(operator);
          expect(r.matvecs).toBeLessThanOrEqual(matvecs);
          return Math.abs(r.value - truth) <= r.error;
        },
        from + 100 * matvecs,
      );
      expect(share, `${matvecs} products`).toBeGreaterThanOrEqual(LEAST);
    }
  });
});

it("two standard errors would not do", () => {
  const [, values] = spectra[2]!;
  const share = seen((seed) => {
    const r = hutchinson({ seed, matvecs: 5 })(diagonalOperator(values));
    return Math.abs(r.value - sum(values)) <= 2 * r.standardError;
  }, 7);
  expect(share).toBeLessThan(LEAST);
});

describe("diagonal", () => {
  it.each([6, 7, 10, 30])("covers an entry beside one other entry, %i products", (matvecs) => {
    const operator = denseOperator([
      [1, 2],
      [2, 5],
    ]);
    const share = seen((seed) => {
      const { values, errors } = diagonal({ matvecs, seed })(operator);
      return Math.abs(values[0]! - 1) <= errors[0]!;
    }, matvecs);
    expect(share).toBeGreaterThanOrEqual(LEAST);
  });

  it("knows no error from five products: their signs may agree by chance", () => {
    const { errors } = diagonal({ matvecs: 5 })(diagonalOperator([1, 2]));
    expect(Array.from(errors)).toEqual([Infinity, Infinity]);
  });
});

describe("nystrom", () => {
  it.each([1, 2, 5])("bounds its error, %i checks", (checks) => {
    // Ranks 1 and 36 of what is left.
    for (const rest of [[0.5, ...new Array(35).fill(0)], linear(36, 0.5, 0.6)]) {
      const values = [9, 8, 7, 6, ...rest];
      const share = seen((seed) => {
        const r = nystrom({ rank: 4, checks, seed })(diagonalOperator(values));
        const kept = r.vectors.map((v, i) => Array.from(v, (x) => x * Math.sqrt(r.values[i]!)));
        let square = 0;
        for (const [i, value] of values.entries()) {
          for (let j = 0; j < values.length; j++) {
            const entry = sum(kept.map((v) => v[i]! * v[j]!));
            square += ((i === j ? value : 0) - entry) ** 2;
          }
        }
        return Math.sqrt(square) <= r.frobeniusBound;
      }, checks);
      expect(share).toBeGreaterThanOrEqual(LEAST);
    }
  });
});

describe("spectralDensity", () => {
  const all: [name: string, values: number[]][] = [
    ["condition 1", new Array(30).fill(3)],
    ["condition 10", linear(50, 1, 10)],
    ["condition 1e4", graded(50, 4)],
    ["condition 1e8", graded(50, 8)],
    ["condition 1e12", graded(50, 12)],
    ["one of 1e-8 apart", [1e-8, ...linear(49, 1, 2)]],
    ["one of 1e6 apart", [1e6, ...linear(49, 1, 2)]],
    ["clusters", Array.from({ length: 48 }, (_, i) => 1 + (i % 4) + 1e-9 * i)],
    ["rank 10", [...linear(10, 1, 3), ...new Array(40).fill(0)]],
    ["one negative of 1e-6", [-1e-6, ...linear(49, 0.5, 2)]],
    ["n = 1", [5]],
    ["n = 2", [1, 2]],
    ["n = 3", [1e-3, 1, 1]],
  ];
  const functions: [
    name: string,
    f: (x: number) => number,
    integral: (r: SpectralDensity) => SpectralIntegral,
    least: number,
  ][] = [
    ["log", Math.log, (r) => r.logDeterminant(), Number.MIN_VALUE],
    ["1/x", (x) => 1 / x, (r) => r.trace((x) => 1 / x, "alternating"), Number.MIN_VALUE],
    ["1/x, nothing said", (x) => 1 / x, (r) => r.trace((x) => 1 / x), Number.MIN_VALUE],
    ["√x", Math.sqrt, (r) => r.trace(Math.sqrt), 0],
    ["exp(x/1e6)", (x) => Math.exp(x / 1e6), (r) => r.trace((x) => Math.exp(x / 1e6), "equal"), -1],
    ["x²", (x) => x * x, (r) => r.trace((x) => x * x), -1],
    ["|x − 1.3|", (x) => Math.abs(x - 1.3), (r) => r.trace((x) => Math.abs(x - 1.3)), -1],
    ["step", (x) => (x > 1.2 ? 1 : 0), (r) => r.trace((x) => (x > 1.2 ? 1 : 0)), -1],
  ];

  it.each(all)("covers every function: %s", (name, values) => {
    const operator = diagonalOperator(values);
    const n = values.length;
    const least = Math.min(...values);
    const most = Math.max(...values);
    const from = all.findIndex(([other]) => other === name);
    for (const [samples, steps, given] of [
      [3, 6, true],
      [4, 20, false],
      [4, 20, true],
    ] as const) {
      const ends = given ? { lowerEnd: least, upperEnd: most } : {};
      const runs = Array.from({ length: RUNS / 2 }, (_, run) =>
        spectralDensity({ samples, steps, seed: from * 10_000 + 100 * steps + run, ...ends })(
          operator,
        ),
      );
      const covers = (of: (r: SpectralDensity) => SpectralIntegral, truth: number) =>
        runs.filter((r) => {
          const { value, error, lower, upper } = of(r);
          // √x of a node that rounding has made negative is no number, and no error is stated.
          if (error === Infinity) return true;
          return lower <= truth && truth <= upper && Math.abs(value - truth) <= error;
        }).length / runs.length;
      // Half as many runs, hence a wider margin.
      const enough = 0.95 - 1.42 * (0.95 - LEAST);
      for (const [what, f, integral, domain] of functions) {
        if (least < domain) continue;
        const share = covers(integral, sum(values.map(f)));
        expect(share, `${what}, ${samples} × ${steps}`).toBeGreaterThanOrEqual(enough);
      }
      for (const x of [least - 0.1, least, (least + most) / 2, values[n >> 1]!, most]) {
        const truth = values.filter((value) => value <= x).length / n;
        expect(covers((r) => r.cumulative(x), truth)).toBeGreaterThanOrEqual(enough);
      }
      for (const r of runs) {
        // Wrong with a probability of 0.1 % for each.
        expect(r.lowerEnd).toBeLessThanOrEqual(least + 0.02 * (most - least));
        expect(r.upperEnd).toBeGreaterThanOrEqual(most - 0.02 * (most - least));
      }
    }
  });

  it("states ends that are wrong about as seldom as it says, and sharp", () => {
    // Few steps, so that they are wrong at all; 20,000 of each side in the long form.
    const values = linear(60, 0, 1);
    let wrong = 0;
    const count = 20 * RUNS;
    let excess = 0;
    for (let seed = 0; seed < count; seed++) {
      const r = spectralDensity({ samples: 1, steps: 8, seed })(diagonalOperator(values));
      if (r.upperEnd < 1) wrong++;
      if (r.lowerEnd > 0) wrong++;
      excess += (r.upperEnd - 1) / count;
    }
    expect(wrong / (2 * count)).toBeLessThan(0.001 + 4 * Math.sqrt(0.001 / (2 * count)));
    expect(excess).toBeLessThan(1);
  });

  it("has an interval wherever an end is known, and a narrow one after enough steps", () => {
    for (const decades of [2, 8, 12]) {
      const values = graded(60, decades);
      const truth = sum(values.map(Math.log));
      const settings = { samples: 10, lowerEnd: values.at(-1)! };
      const wide = spectralDensity({ ...settings, steps: 8 })(diagonalOperator(values));
      const narrow = spectralDensity({ ...settings, steps: 60 })(diagonalOperator(values));
      for (const { lower, upper } of [wide.logDeterminant(), narrow.logDeterminant()]) {
        expect(lower).toBeLessThan(truth);
        expect(upper).toBeGreaterThan(truth);
      }
      // What is left is rounding, n·32ε·κ·steps/16 at most, and the spread.
      const { quadratureError, standardError } = narrow.logDeterminant();
      expect(quadratureError).toBeLessThan(0.01 * standardError + 1e-12 * 10 ** decades);
      expect(wide.logDeterminant().quadratureError).toBeGreaterThan(10 * quadratureError);
    }
  });

  it("does not take a function for known whose detail lies between its points", () => {
    const values = linear(60, 0, 10);
    const r = spectralDensity({ samples: 4, steps: 20 })(diagonalOperator(values));
    expect(r.density(values[30]! + 1e-4, 1e-6).error).toBe(Infinity);
    expect(r.density(values[30]!, 2).error).toBeLessThan(0.1);
    const node = r.nodes[0]![7]!;
    expect(r.trace((x) => (Math.abs(x - node) < 1e-6 ? 1 : 0)).error).toBe(Infinity);
    expect(() => r.cumulative(Number.NaN)).toThrow(/x must be/);
    expect(() => r.trace(Math.exp, "both" as "equal")).toThrow(/derivatives/);
  });

  it("knows no interval where positivity is not shown, and says so", () => {
    for (const values of [graded(100, 8), [-1e-6, ...graded(99, 2)]]) {
      const r = spectralDensity({ samples: 5, steps: 10 })(diagonalOperator(values));
      if (r.nodes.some((nodes) => nodes.at(-1)! <= 0)) continue;
      const { error, lower, message } = r.logDeterminant();
      expect(error).toBe(Infinity);
      expect(lower).toBe(-Infinity);
      expect(message).toMatch(/lowerEnd/);
    }
  });

  it("refuses ends that the operator contradicts", () => {
    const operator = diagonalOperator(linear(30, 1, 2));
    expect(() => spectralDensity({ lowerEnd: 1.1 })(operator)).toThrow(/lowerEnd/);
    expect(() => spectralDensity({ upperEnd: 1.9 })(operator)).toThrow(/upperEnd/);
    expect(() => spectralDensity({ lowerEnd: Number.NaN })(operator)).toThrow(/lowerEnd/);
  });

  it("refuses log det of a singular operator", () => {
    const operator = diagonalOperator([0, ...linear(20, 1, 2)]);
    expect(() => spectralDensity()(operator).logDeterminant()).toThrow(/definite/);
  });
});
