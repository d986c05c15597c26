import {
  batchOrdering,
  createRandom,
  csrFromEntries,
  csrOperator,
  denseOperator,
  inverse,
  jensenSlack,
  type LinearOperator,
  lanczos,
  matrixBernstein,
  matrixBernsteinTail,
  product,
  type SyncOperator,
  scaled,
  shifted,
  sum,
  symmetricEigen,
} from "@eoss/eigen";
import { describe, expect, it } from "vitest";
import { diagonalOperator, laplacian1d, trueResidual, withSpectrum } from "./matrices.fixture.js";

/** Operators whose eigenvalues have a formula. */
const cases: [
  name: string,
  n: number,
  entries: () => [number, number, number][],
  value: (j: number, n: number) => number,
][] = [
  [
    "path graph",
    120,
    () => Array.from({ length: 119 }, (_, i) => [i, i + 1, 1] as [number, number, number]),
    (j, n) => 2 * Math.cos((j * Math.PI) / (n + 1)),
  ],
  [
    "cycle graph",
    101,
    () => Array.from({ length: 101 }, (_, i) => [i, (i + 1) % 101, 1] as [number, number, number]),
    (j, n) => 2 * Math.cos((2 * Math.PI * Math.floor(j / 2)) / n),
  ],
  [
    "Toeplitz tridiag(−3, 5, −3)",
    90,
    () =>
      Array.from({ length: 90 }, (_, i) => [
        [i, i, 5] as [number, number, number],
        ...(i < 89 ? [[i, i + 1, -3] as [number, number, number]] : []),
      ]).flat(),
    (j, n) => 5 + 6 * Math.cos((j * Math.PI) / (n + 1)),
  ],
];

describe("closed forms", () => {
  it.each(cases)("%s", (name, n, entries, value) => {
    const operator = csrOperator(csrFromEntries(n, entries()));
    // The cycle has pairs of equal eigenvalues, of which one start vector sees one: j = 1, 2, 4, …
    const indices = name === "cycle graph" ? [1, 2, 4] : [1, 2, 3];
    const r = lanczos({ k: 3, rtol: 1e-10 })(operator);
    expect(r.status).toBe("converged");
    for (const [i, j] of indices.entries()) {
      expect(Math.abs(r.values[i]! - value(j, n))).toBeLessThanOrEqual(r.errorBounds[i]!);
    }
  });

  it("2-D Laplacian, both ends", () => {
    const g = 30;
    const entries: [number, number, number][] = [];
    for (let i = 0; i < g; i++) {
      for (let j = 0; j < g; j++) {
        const p = i * g + j;
        entries.push([p, p, 4]);
        if (j + 1 < g) entries.push([p, p + 1, -1]);
        if (i + 1 < g) entries.push([p, p + g, -1]);
      }
    }
    const operator = csrOperator(csrFromEntries(g * g, entries));
    const end = 2 * (2 - 2 * Math.cos(Math.PI / (g + 1)));
    const r = lanczos({ k: 2, which: "both", atol: 1e-9 })(operator);
    expect(r.values[0]).toBeCloseTo(8 - end, 10);
    expect(r.values[1]).toBeCloseTo(end, 10);
  });

  it("a real graph: Zachary's karate club agrees with the dense decomposition and the literature", () => {
    const lists: Record<number, number[]> = {
      1: [2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 18, 20, 22, 32],
      2: [3, 4, 8, 14, 18, 20, 22, 31],
      3: [4, 8, 9, 10, 14, 28, 29, 33],
      4: [8, 13, 14],
      5: [7, 11],
      6: [7, 11, 17],
      7: [17],
      9: [31, 33, 34],
      10: [34],
      14: [34],
      15: [33, 34],
      16: [33, 34],
      19: [33, 34],
      20: [34],
      21: [33, 34],
      23: [33, 34],
      24: [26, 28, 30, 33, 34],
      25: [26, 28, 32],
      26: [32],
      27: [30, 34],
      28: [34],
      29: [32, 34],
      30: [33, 34],
      31: [33, 34],
      32: [33, 34],
      33: [34],
    };
    const entries = Object.entries(lists).flatMap(([i, others]) =>
      others.map((j) => [Number(i) - 1, j - 1, 1] as [number, number, number]),
    );
    const adjacency = csrOperator(csrFromEntries(34, entries));
    const rows = Array.from({ length: 34 }, () => new Float64Array(34));
    for (const [i, j] of entries) rows[i]![j] = rows[j]![i] = 1;
    const dense = symmetricEigen(rows);
    const r = lanczos({ k: 4, rtol: 1e-10 })(adjacency);
    expect(r.values[0]).toBeCloseTo(6.7257, 4);
    for (let i = 0; i < 4; i++) expect(r.values[i]).toBeCloseTo(dense.values[i]!, 9);
  });
});

describe("operators", () => {
  const matrix = withSpectrum([6, 5, 3, 2, 1.5, 1], 3);
  const a = denseOperator(matrix.rows);
  const top = (operator: SyncOperator) => lanczos({ rtol: 1e-11 })(operator).values[0]!;

  it("compose like matrices", () => {
    const d = diagonalOperator([1, 1, 1, 1, 1, 1]);
    expect(top(sum([a, d]))).toBeCloseTo(7, 10);
    expect(top(scaled(a, -2))).toBeCloseTo(-2, 10);
    expect(top(shifted(a, 4))).toBeCloseTo(2, 10);
    expect(top(product([a, a]))).toBeCloseTo(36, 9);
    expect(top(inverse(a))).toBeCloseTo(1, 10);
    expect(top(inverse(a, { shift: 0.5 }))).toBeCloseTo(2, 10);
  });

  it("stay synchronous when their parts are, and become asynchronous when one is not", async () => {
    const later: LinearOperator = {
      n: 6,
      apply: async (x) =>
        a.apply(x, new Float64Array(6)) ??
        Float64Array.from(matrix.rows, (row) => row.reduce((s, v, i) => s + v * x[i]!, 0)),
    };
    const mixed = lanczos({ rtol: 1e-11 })(sum<Float64Array>([a, later]));
    expect(mixed).toBeInstanceOf(Promise);
    expect((await mixed).values[0]).toBeCloseTo(12, 9);
    const solved = await lanczos({ rtol: 1e-11 })(inverse<Float64Array>(later));
    expect(solved.values[0]).toBeCloseTo(1, 9);
  });

  it("solve to the tolerance that was asked for", () => {
    const operator = laplacian1d(200);
    const r = lanczos({ k: 2, rtol: 1e-9 })(inverse(operator));
    for (const [i, v] of r.vectors.entries()) {
      expect(trueResidual(operator, 1 / r.values[i]!, v)).toBeLessThan(1e-8);
    }
  });

  it.each([
    [
      "the inverse of a singular operator",
      () => inverse(diagonalOperator([1, 0])).apply(Float64Array.of(1, 1), new Float64Array(2)),
      "singular",
    ],
    ["operators of different sizes", () => sum([a, laplacian1d(5)]), "size-mismatch"],
    [
      "an unsymmetric dense matrix",
      () =>
        denseOperator([
          [1, 2],
          [3, 4],
        ]),
      "not-symmetric",
    ],
    [
      "a dense matrix that is not square",
      () => denseOperator(new Float64Array(5)),
      "size-mismatch",
    ],
    [
      "a column out of range",
      () => csrOperator({ n: 1, rowStart: [0, 1], columns: [3], values: [1] }),
      "size-mismatch",
    ],
    [
      "row starts that do not fit",
      () => csrOperator({ n: 2, rowStart: [0, 2, 1], columns: [0], values: [1] }),
      "size-mismatch",
    ],
    ["an empty sum", () => sum([]), "bad-setting"],
  ])("refuse %s", (_, build, code) => {
    expect(build).toThrow(expect.objectContaining({ code }));
  });
});

describe("random-matrix bounds", () => {
  // Mᵢ = ±uuᵀ-like matrices with known mean 0: Mᵢ = s·diag(e_j), s random sign, j random.
  const d = 12;
  const deviation = (b: number, seed: number): { norm: number; top: number } => {
    const random = createRandom(seed, b);
    const mean = new Float64Array(d);
    for (let i = 0; i < b; i++) mean[Math.floor(d * random.uniform())]! += random.sign() / b;
    return { norm: Math.max(...mean.map(Math.abs)), top: Math.max(...mean) };
  };
  const runs = 300;
  const samples = (b: number) => Array.from({ length: runs }, (_, seed) => deviation(b, seed));
  const average = (values: number[]) => values.reduce((sum, v) => sum + v / values.length, 0);

  it.each([1, 4, 16, 64, 256])("matrix Bernstein bounds the deviation of the mean of %i", (b) => {
    const measured = samples(b).map(({ norm }) => norm);
    // E M² = I/d, hence σ² = 1/d; every ‖M‖ = 1.
    const input = { dimension: d, samples: b, variance: 1 / d, radius: 1 };
    const bound = matrixBernstein(input);
    expect(average(measured)).toBeLessThanOrEqual(bound);
    const t = 1.2 * bound;
    const exceeded = measured.filter((norm) => norm >= t).length / runs;
    expect(exceeded).toBeLessThanOrEqual(matrixBernsteinTail(input, t) + 3 / Math.sqrt(runs));
    // A bound without its logarithm would be broken here: the test can fail.
    if (b === 64) expect(average(measured)).toBeGreaterThan(Math.sqrt(1 / d / b));
  });

  it("has the two regimes b⁻¹ᐟ² and b⁻¹", () => {
    const at = (samplesCount: number, variance: number) =>
      matrixBernstein({ dimension: 100, samples: samplesCount, variance, radius: 3 });
    expect(at(400, 0) / at(100, 0)).toBeCloseTo(1 / 4, 12);
    expect(at(4e8, 1) / at(1e8, 1)).toBeCloseTo(1 / 2, 3);
    expect(matrixBernstein({ dimension: 1, samples: 2, variance: 1, radius: 0 })).toBeCloseTo(
      Math.sqrt(Math.log(2)),
      12,
    );
  });

  it("mean λmax falls with the batch size, and a reversed ordering is noticed", () => {
    const measured = [1, 4, 16, 64].map((b) => {
      const tops = samples(b).map(({ top }) => top);
      const mean = average(tops);
      const variance = average(tops.map((t) => (t - mean) ** 2));
      return { batchSize: b, mean, standardError: Math.sqrt(variance / runs) };
    });
    expect(batchOrdering(measured).every(({ holds }) => holds)).toBe(true);
    const reversed = measured.map((entry, i) => ({ ...entry, mean: measured[3 - i]!.mean }));
    expect(batchOrdering(reversed).some(({ holds }) => !holds)).toBe(true);
  });

  it("Jensen's slack is never negative", () => {
    const parts = [1, 2, 3].map((seed) => withSpectrum([4, 1, 0, -seed, -3], seed).rows);
    const mean = parts[0]!.map((row, i) =>
      row.map((_, j) => parts.reduce((s, p) => s + p[i]![j]! / 3, 0)),
    );
    const slack = jensenSlack(
      symmetricEigen(mean).values[0]!,
      parts.map((p) => symmetricEigen(p).values[0]!),
    );
    expect(slack).toBeGreaterThan(0);
    expect(
      jensenSlack(symmetricEigen(parts[0]!).values[0]!, [symmetricEigen(parts[0]!).values[0]!]),
    ).toBe(0);
  });
});
