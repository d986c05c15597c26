import {
  createRandom,
  diagonal,
  EigenError,
  type Estimate,
  float32,
  float64,
  hutchinson,
  hutchPlusPlus,
  type LinearOperator,
  lobpcg,
  nystrom,
  type SyncOperator,
  spectralDensity,
  type VectorSpace,
  xtrace,
} from "@eoss/eigen";
import { describe, expect, it } from "vitest";
import { denseOperator, diagonalOperator, dot, withSpectrum } from "../matrices.fixture.js";

const decaying = withSpectrum(
  Array.from({ length: 60 }, (_, i) => 1 / (1 + i) ** 2),
  11,
);
const flat = withSpectrum(
  Array.from({ length: 60 }, (_, i) => Math.cos(i)),
  12,
);
const traceOf = (rows: readonly Float64Array[]) => rows.reduce((sum, row, i) => sum + row[i]!, 0);

/** The seeds of every statistical test are fixed in number: nothing is repeated until it fits. */
const RUNS = 200;
/** P(|z| > 4) < 1e-4 for the mean of 200 runs. */
const Z_LIMIT = 4;

/** z-score of the mean of many independent runs against the truth. */
function zScore(values: number[], truth: number): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance =
    values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return (mean - truth) / Math.sqrt(variance / values.length);
}

type Trace = (seed: number, matvecs: number) => (operator: SyncOperator) => Estimate;
const estimators: [name: string, estimate: Trace][] = [
  ["hutchinson", (seed, matvecs) => hutchinson({ seed, matvecs })],
  ["hutchPlusPlus", (seed, matvecs) => hutchPlusPlus({ seed, matvecs })],
  ["xtrace", (seed, matvecs) => xtrace({ seed, matvecs })],
];

describe.each(estimators)("%s", (_, estimate) => {
  it.each([
    ["decaying", decaying],
    ["flat, indefinite", flat],
  ])("is unbiased on a %s spectrum", (__, { rows }) => {
    const operator = denseOperator(rows);
    const values = Array.from({ length: RUNS }, (___, seed) => estimate(seed, 18)(operator).value);
    expect(Math.abs(zScore(values, traceOf(rows)))).toBeLessThan(Z_LIMIT);
  });

  it("reports a standard error of the size of its real error", () => {
    const operator = denseOperator(flat.rows);
    const truth = traceOf(flat.rows);
    let real = 0;
    let reported = 0;
    for (let seed = 0; seed < RUNS; seed++) {
      const { value, standardError } = estimate(seed, 30)(operator);
      real += (value - truth) ** 2 / RUNS;
      reported += standardError ** 2 / RUNS;
    }
    // Two variances from 200 runs each agree to about 10 %; xtrace's samples are only
    // exchangeable, not independent, so its estimate may be off by more.
    expect(Math.sqrt(reported / real)).toBeGreaterThan(0.7);
    expect(Math.sqrt(reported / real)).toBeLessThan(1.4);
  });

  it("stays within its budget and counts its products", () => {
    let products = 0;
    const inner = denseOperator(flat.rows);
    const r = estimate(
      1,
      31,
    )({
      n: 60,
      apply(x, out) {
        products++;
        inner.apply(x, out);
      },
    });
    expect(r.matvecs).toBe(products);
    expect(products).toBeLessThanOrEqual(31);
  });

  it("is exact for the identity and for n = 1", () => {
    const ones = diagonalOperator(new Float64Array(40).fill(1));
    expect(estimate(3, 12)(ones).value).toBeCloseTo(40, 10);
    expect(estimate(3, 12)(diagonalOperator([-2.5])).value).toBeCloseTo(-2.5, 12);
  });

  it("refuses NaN", () => {
    const broken = { n: 9, apply: (x: Float64Array) => x.map(() => Number.NaN) };
    expect(() => estimate(0, 12)(broken)).toThrow(EigenError);
  });
});

describe("the statistical test itself", () => {
  it("catches an estimator that is biased by half a per cent", () => {
    const truth = traceOf(decaying.rows);
    const operator = denseOperator(decaying.rows);
    const values = Array.from(
      { length: RUNS },
      (_, seed) => 1.005 * xtrace({ seed, matvecs: 30 })(operator).value,
    );
    expect(Math.abs(zScore(values, truth))).toBeGreaterThan(Z_LIMIT);
  });

  it("catches Hutchinson with probes of variance 1.1", () => {
    const random = createRandom(5);
    const { rows, n } = decaying;
    const sample = () => {
      const z = Float64Array.from({ length: n }, () => Math.sqrt(1.1) * random.normal());
      const image = rows.map((row) => dot(row, z));
      return dot(z, image);
    };
    const values = Array.from({ length: RUNS }, () => {
      const samples = Array.from({ length: 30 }, sample);
      return samples.reduce((sum, value) => sum + value / 30, 0);
    });
    expect(Math.abs(zScore(values, traceOf(rows)))).toBeGreaterThan(Z_LIMIT);
  });
});

describe("variance reduction", () => {
  it("pays on a decaying spectrum: xtrace < Hutch++ < Hutchinson for the same products", () => {
    const operator = denseOperator(decaying.rows);
    const truth = traceOf(decaying.rows);
    const error = ([, estimate]: (typeof estimators)[number]) => {
      let square = 0;
      for (let seed = 0; seed < 50; seed++)
        square += (estimate(seed, 24)(operator).value - truth) ** 2;
      return Math.sqrt(square / 50);
    };
    const [plain, plus, x] = estimators.map(error);
    expect(plus! * 5).toBeLessThan(plain!);
    expect(x!).toBeLessThan(plus!);
  });

  it("takes an operator of low rank exactly", () => {
    const low = withSpectrum([5, 3, -2, ...new Array(50).fill(0)], 2);
    expect(xtrace({ matvecs: 12 })(denseOperator(low.rows)).value).toBeCloseTo(6, 10);
    expect(hutchPlusPlus({ matvecs: 12 })(denseOperator(low.rows)).value).toBeCloseTo(6, 10);
  });
});

describe("diagonal", () => {
  it("is unbiased with honest standard errors in every entry", () => {
    const { rows, n } = flat;
    const { values, standardErrors, matvecs } = diagonal({ matvecs: 400, seed: 3 })(
      denseOperator(rows),
    );
    expect(matvecs).toBe(400);
    // 60 z-scores at once: P(any |z| > 4.5) < 5e-4.
    let square = 0;
    for (let i = 0; i < n; i++) {
      const z = (values[i]! - rows[i]![i]!) / standardErrors[i]!;
      expect(Math.abs(z)).toBeLessThan(4.5);
      square += z * z;
    }
    // χ² with 60 correlated degrees of freedom stays within a factor of two of its mean.
    expect(square / n).toBeGreaterThan(0.5);
    expect(square / n).toBeLessThan(2);
  });

  it("is exact for a diagonal operator", () => {
    expect(Array.from(diagonal({ matvecs: 2 })(diagonalOperator([1, -2, 3])).values)).toEqual([
      1, -2, 3,
    ]);
  });
});

describe("spectralDensity", () => {
  const positive = withSpectrum(
    Array.from({ length: 50 }, (_, i) => 0.5 + i / 10),
    8,
  );

  it("estimates log det and tr f(A) without bias", () => {
    const operator = denseOperator(positive.rows);
    const truth = positive.values.reduce((sum, x) => sum + Math.log(x), 0);
    const inverse = positive.values.reduce((sum, x) => sum + 1 / x, 0);
    const runs = Array.from({ length: 100 }, (_, seed) =>
      spectralDensity({ samples: 4, steps: 25, seed })(operator),
    );
    expect(
      Math.abs(
        zScore(
          runs.map((r) => r.logDeterminant().value),
          truth,
        ),
      ),
    ).toBeLessThan(Z_LIMIT);
    expect(
      Math.abs(
        zScore(
          runs.map((r) => r.trace((x) => 1 / x).value),
          inverse,
        ),
      ),
    ).toBeLessThan(Z_LIMIT);
    // With a twentieth of the steps the quadrature itself is wrong, and the test notices.
    const crude = Array.from({ length: 100 }, (_, seed) =>
      spectralDensity({ samples: 4, steps: 2, seed })(operator).trace((x) => 1 / x),
    );
    expect(
      Math.abs(
        zScore(
          crude.map((r) => r.value),
          inverse,
        ),
      ),
    ).toBeGreaterThan(Z_LIMIT);
    expect(crude[0]!.quadratureError).toBeGreaterThan(runs[0]!.trace((x) => 1 / x).quadratureError);
  });

  it("gives a density of mass one, inside the spectrum, and counts eigenvalues", () => {
    const r = spectralDensity({ samples: 30, steps: 30, seed: 1 })(denseOperator(positive.rows));
    let mass = 0;
    for (let x = -2; x < 9; x += 0.05) mass += 0.05 * r.density(x, 0.2).value;
    expect(mass).toBeCloseTo(1, 6);
    for (const nodes of r.nodes) {
      expect(nodes[0]).toBeLessThanOrEqual(positive.values[0]! + 1e-12);
      expect(nodes.at(-1)).toBeGreaterThanOrEqual(positive.values[49]! - 1e-12);
    }
    const half = r.cumulative(positive.values[25]! + 1e-3);
    expect(Math.abs(half.value - 0.5)).toBeLessThan(4 * half.standardError);
  });

  it("is exact for a trace of degree one in a closed space and refuses log det of an indefinite operator", () => {
    const r = spectralDensity({ samples: 3, steps: 10 })(diagonalOperator([2, 2, 2, 2]));
    expect(r.trace((x) => x)).toEqual({
      value: expect.closeTo(8, 12),
      standardError: expect.closeTo(0, 12),
      quadratureError: expect.closeTo(0, 12),
      lower: expect.closeTo(8, 12),
      upper: expect.closeTo(8, 12),
      error: expect.closeTo(0, 12),
    });
    expect(() => spectralDensity()(denseOperator(flat.rows)).logDeterminant()).toThrow(/definite/);
  });

  it("awaits an asynchronous operator", async () => {
    const { rows } = positive;
    const later: LinearOperator = {
      n: rows.length,
      apply: async (x) => Float64Array.from(rows, (row) => dot(row, x)),
    };
    const r = await spectralDensity({ samples: 2, steps: 10 })(later);
    const plain = spectralDensity({ samples: 2, steps: 10 })(denseOperator(rows));
    expect(r.nodes).toEqual(plain.nodes);
  });
});

describe("nystrom", () => {
  it("recovers a matrix of low rank", () => {
    const low = withSpectrum([5, 3, 2, ...new Array(40).fill(0)], 2);
    const r = nystrom({ rank: 6 })(denseOperator(low.rows));
    expect(r.frobeniusError).toBeLessThan(1e-6);
    expect(Array.from(r.values.slice(0, 3))).toEqual([5, 3, 2].map((v) => expect.closeTo(v, 7)));
    expect(r.matvecs).toBe(8);
  });

  it("never lies above the matrix and measures its own error", () => {
    const { rows, values, n } = decaying;
    const r = nystrom({ rank: 10, checks: 40, seed: 2 })(denseOperator(rows));
    for (const [i, value] of r.values.entries())
      expect(value).toBeLessThanOrEqual(values[i]! + 1e-7);
    let square = 0;
    for (let i = 0; i < n; i++) {
      const e = new Float64Array(n);
      e[i] = 1;
      const y = r.operator.apply(e, new Float64Array(n)) as Float64Array;
      square += y.reduce((sum, value, j) => sum + (value - rows[j]![i]!) ** 2, 0);
    }
    expect(r.frobeniusError / Math.sqrt(square)).toBeGreaterThan(0.7);
    expect(r.frobeniusError / Math.sqrt(square)).toBeLessThan(1.4);
  });

  it("preconditions", () => {
    const d = Float64Array.from({ length: 300 }, (_, i) => (i < 12 ? 1000 - 50 * i : 1) + i / 1000);
    const operator = diagonalOperator(d);
    const preconditioner = nystrom({ rank: 20 })(operator).preconditioner(1);
    const solve = lobpcg({ k: 1, which: "smallest", rtol: 1e-4, blockSize: 2 });
    const plain = solve(operator);
    const helped = solve(operator, { preconditioner });
    expect(helped.status).toBe("converged");
    expect(helped.matvecs).toBeLessThan(plain.matvecs);
  });

  it("refuses an indefinite operator", () => {
    expect(() => nystrom({ rank: 20 })(denseOperator(flat.rows))).toThrow(/pivot/);
  });
});

it.each([1e-138, 1e138])(
  "xtrace of a graded spectrum does not depend on its scale: %s",
  (scale) => {
    const values = Float64Array.from({ length: 30 }, (_, i) => 10 ** (-i / 2));
    const of = (factor: number) =>
      xtrace({ matvecs: 20 })(diagonalOperator(values.map((v) => factor * v)));
    expect(of(scale).value / scale).toBeCloseTo(of(1).value, 12);
  },
);

it("nystrom of the zero operator is zero", () => {
  for (const space of [float64(), float32() as unknown as VectorSpace<Float64Array>]) {
    const r = nystrom({ rank: 2, space })(diagonalOperator([0, 0, 0]));
    expect([Array.from(r.values), r.frobeniusError, r.frobeniusBound]).toEqual([[0, 0], 0, 0]);
  }
});
