import {
  createRandom,
  eigenvaluesNear,
  inverse,
  type LinearOperator,
  lanczos,
  type NearData,
  type NearResult,
  type SyncOperator,
} from "@eoss/eigen";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  denseOperator,
  diagonalOperator,
  dot,
  laplacian1d,
  norm,
  type Spectral,
  trueResidual,
  withSpectrum,
} from "../matrices.fixture.js";

const RUNS = process.env.EOSS_LONG ? 10_000 : process.env.EOSS_FULL ? 200 : 80;

function expectHonest(operator: SyncOperator, matrix: Spectral, r: NearResult): void {
  const slack = matrix.uncertainty + 1e-300;
  for (const [i, v] of r.vectors.entries()) {
    const theta = r.values[i]!;
    const residual = trueResidual(operator, theta, v);
    expect(Math.abs(residual - r.residuals[i]!)).toBeLessThanOrEqual(2 * slack);
    const nearest = Math.min(...Array.from(matrix.values, (value) => Math.abs(value - theta)));
    expect(nearest).toBeLessThanOrEqual(r.errorBounds[i]! + slack);
    if (i > 0) expect(r.values[i - 1]).toBeGreaterThanOrEqual(theta);
    for (let j = 0; j <= i; j++) {
      expect(Math.abs(dot(v, r.vectors[j]!) - Number(i === j))).toBeLessThan(1e-10);
    }
  }
}

describe(`eigenvaluesNear on ${RUNS} random operators`, () => {
  it("bounds hold of A itself, products are counted, and the nearest are found", () => {
    let converged = 0;
    const cases = fc.record({
      n: fc.integer({ min: 1, max: 14 }),
      shape: fc.constantFrom("uniform", "clustered", "repeated", "graded"),
      gap: fc.integer({ min: 1, max: 14 }),
      exponent: fc.integer({ min: -30, max: 30 }),
      where: fc.integer({ min: -1300, max: 1300 }).map((part) => part / 1000),
      k: fc.integer({ min: 1, max: 4 }),
      rtol: fc.constantFrom(1e-3, 1e-6, 1e-9),
      seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    });
    fc.assert(
      fc.property(cases, ({ n, shape, gap, exponent, where, k, rtol, seed }) => {
        const random = createRandom(seed);
        const size = 10 ** exponent;
        const values = Array.from({ length: n }, () => {
          const u = 2 * random.uniform() - 1;
          if (shape === "clustered")
            return size * (Math.floor(2 * u) + 10 ** -gap * random.uniform());
          if (shape === "repeated") return size * Math.round(2 * u);
          if (shape === "graded") return size * random.sign() * 10 ** (-8 * Math.abs(u));
          return size * u;
        });
        const matrix = withSpectrum(values, seed);
        const inner = denseOperator(matrix.rows);
        let products = 0;
        const operator: SyncOperator = {
          n,
          apply(x, out) {
            products++;
            inner.apply(x, out);
          },
        };
        const sigma = where * size;
        const wanted = Math.min(k, n);
        let r: NearResult;
        try {
          r = eigenvaluesNear({ sigma, k: wanted, rtol, seed, maxMatvecs: 3000 })(operator);
        } catch (error) {
          expect(error).toMatchObject({ code: "singular" });
          const nearest = Math.min(...values.map((value) => Math.abs(value - sigma)));
          expect(nearest).toBeLessThanOrEqual(1e-6 * (matrix.norm + Math.abs(sigma)));
          return;
        }
        expect(r.matvecs).toBe(products);
        expectHonest(inner, matrix, r);
        if (r.status !== "converged") {
          expect(r.message).toBeTruthy();
          return;
        }
        converged++;
        if (shape !== "uniform") return;
        const distance = (value: number) => Math.abs(value - sigma);
        const exact = values.map(distance).sort((a, b) => a - b);
        const found = Array.from(r.values, distance).sort((a, b) => a - b);
        for (let i = 0; i < wanted; i++) {
          const error = Math.abs(found[i]! - exact[i]!);
          expect(error).toBeLessThanOrEqual(Math.max(...r.errorBounds) + matrix.uncertainty);
        }
      }),
      { seed: 50, numRuns: RUNS },
    );
    expect(converged / RUNS).toBeGreaterThan(0.8);
  });
});

describe("eigenvaluesNear", () => {
  const n = 150;
  const operator = laplacian1d(n);
  const nearest = (sigma: number, k: number) =>
    Array.from({ length: n }, (_, j) => 2 - 2 * Math.cos(((j + 1) * Math.PI) / (n + 1)))
      .sort((a, b) => Math.abs(a - sigma) - Math.abs(b - sigma))
      .slice(0, k)
      .sort((a, b) => b - a);

  it.each([-0.1, 0, 0.9, 2.345, 3.9999, 4.2])("finds four around σ = %s", (sigma) => {
    const r = eigenvaluesNear({ sigma, k: 4, rtol: 1e-8 })(operator);
    expect(r.status).toBe("converged");
    for (const [i, exact] of nearest(sigma, 4).entries()) {
      expect(Math.abs(r.values[i]! - exact)).toBeLessThan(1e-10);
    }
  });

  it("names a singular shift, as the Laplacian of every graph has it at 0", () => {
    const path: SyncOperator = {
      n: 40,
      apply(x, out) {
        for (let i = 0; i < 40; i++) {
          out[i] = (i > 0 ? x[i]! - x[i - 1]! : 0) + (i < 39 ? x[i]! - x[i + 1]! : 0);
        }
      },
    };
    const singular = expect.objectContaining({ code: "singular" });
    expect(() => eigenvaluesNear({ sigma: 0, k: 2 })(path)).toThrow(singular);
    expect(() => eigenvaluesNear({ sigma: 0 })(path)).toThrow(
      /σ = 0 is an eigenvalue.*choose another/,
    );
    expect(() => lanczos()(inverse(path))).toThrow(singular);
    const r = eigenvaluesNear({ sigma: -0.01, k: 2 })(path);
    expect(r.status).toBe("converged");
    expect(Math.abs(r.values[1]!)).toBeLessThan(1e-12);
    expect(r.values[0]).toBeCloseTo(2 - 2 * Math.cos(Math.PI / 40), 10);
  });

  it("says when the budget ended it, inside of a solve too, with residuals of A", () => {
    for (const maxMatvecs of [12, 100, 1000]) {
      const r = eigenvaluesNear({ sigma: 2.345, k: 4, maxMatvecs })(operator);
      expect(r.status).toBe("budget-spent");
      expect(r.matvecs).toBeLessThanOrEqual(maxMatvecs);
      for (const [i, v] of r.vectors.entries()) {
        expect(Math.abs(trueResidual(operator, r.values[i]!, v) - r.residuals[i]!)).toBeLessThan(
          1e-12,
        );
      }
    }
    expect(eigenvaluesNear({ sigma: 1.1, signal: AbortSignal.abort() })(operator).status).toBe(
      "aborted",
    );
  });

  const d = [1, 2, 3, 4, 5, 6, 7, 8.5];
  const factor = (sigma: number) => diagonalOperator(d.map((value) => 1 / (value - sigma)));

  it("takes a solve of the user: few products, and every solve counted", () => {
    let solves = 0;
    const own = factor(3.2);
    const solve: SyncOperator = {
      n: 8,
      apply(b, out) {
        solves++;
        own.apply(b, out);
      },
    };
    const r = eigenvaluesNear({ sigma: 3.2, k: 3 })(diagonalOperator(d), { solve });
    expect(r.status).toBe("converged");
    expect(Array.from(r.values)).toEqual([4, 3, 2].map((value) => expect.closeTo(value, 12)));
    expect(r.solves).toBe(solves);
    expect(r.matvecs).toBeLessThan(10);
  });

  it("lets an inexact solve cost accuracy that is seen", () => {
    const own = factor(3.2);
    const noisy: SyncOperator = {
      n: 8,
      apply(b, out) {
        own.apply(b, out);
        for (let i = 0; i < 8; i++) out[i]! += 1e-4 * Math.sin(1e5 * b[i]!);
      },
    };
    const r = eigenvaluesNear({ sigma: 3.2, k: 3, rtol: 1e-10 })(diagonalOperator(d), {
      solve: noisy,
    });
    expect(["stagnated", "rounding"]).toContain(r.status);
    for (const [i, v] of r.vectors.entries()) {
      const residual = trueResidual(diagonalOperator(d), r.values[i]!, v);
      expect(Math.abs(residual - r.residuals[i]!)).toBeLessThan(1e-13);
    }
  });

  it.each<[string, SyncOperator, NearData<Float64Array>, number, string]>([
    [
      "a solve of another shift",
      diagonalOperator(d),
      { solve: factor(5.2) },
      3.2,
      "broken-contract",
    ],
    ["a solve that divides by 0", diagonalOperator(d), { solve: factor(3) }, 3, "singular"],
    ["a solve of another size", diagonalOperator(d), { solve: laplacian1d(7) }, 3.2, "bad-setting"],
    [
      "an operator that is not symmetric",
      { n: 3, apply: ([a, b, c]) => Float64Array.of(a! + 5 * b!, 2 * b! + 3 * c!, 4 * c!) },
      {},
      2.2,
      "not-symmetric",
    ],
    ["a shift that is no number", diagonalOperator(d), {}, Number.NaN, "bad-setting"],
  ])("refuses %s", (_, a, data, sigma, code) => {
    expect(() => eigenvaluesNear({ sigma })(a, data)).toThrow(expect.objectContaining({ code }));
  });

  it("awaits an operator that answers later, with the same result", async () => {
    const later: LinearOperator = { n: 8, apply: async (x) => x.map((value, i) => value * d[i]!) };
    const settings = { sigma: 3.3, k: 2 };
    const plain = eigenvaluesNear(settings)(diagonalOperator(d));
    expect(await eigenvaluesNear(settings)(later)).toEqual(plain);
  });
});

describe("inverse", () => {
  it("solves inside of the spectrum, and says what its solves have cost", () => {
    const d = [1, 2, 3, 4, 5];
    let products = 0;
    const a: SyncOperator = {
      n: 5,
      apply(x, out) {
        products++;
        for (let i = 0; i < 5; i++) out[i] = d[i]! * x[i]!;
      },
    };
    const inverted = inverse(a, { shift: 3.3 });
    expect(inverted.matvecs).toBe(0);
    const x = inverted.apply(Float64Array.of(1, 1, 1, 1, 1), new Float64Array(5)) as Float64Array;
    for (let i = 0; i < 5; i++) expect(x[i]).toBeCloseTo(1 / (d[i]! - 3.3), 11);
    expect(inverted.matvecs).toBe(products);
    const r = lanczos({ k: 2, which: "magnitude" })(inverted);
    const found = Array.from(r.values, (mu) => 3.3 + 1 / mu);
    expect(found).toEqual([4, 3].map((value) => expect.closeTo(value, 10)));
    expect(inverted.matvecs).toBe(products);
  });

  it("says that its products ran out", () => {
    const few = inverse(laplacian1d(100), { maxMatvecs: 10 });
    expect(() => few.apply(new Float64Array(100).fill(1), new Float64Array(100))).toThrow(
      expect.objectContaining({ code: "no-result" }),
    );
    expect(
      norm(
        inverse(laplacian1d(100)).apply(
          new Float64Array(100),
          new Float64Array(100),
        ) as Float64Array,
      ),
    ).toBe(0);
  });

  it.each([{ sigma: 1 }, { shift: Number.NaN }, { rtol: 0 }, { maxMatvecs: 0.5 }])(
    "refuses %o",
    (options) => {
      expect(() => inverse(laplacian1d(3), options as object)).toThrow(
        expect.objectContaining({ code: "bad-setting" }),
      );
    },
  );
});
