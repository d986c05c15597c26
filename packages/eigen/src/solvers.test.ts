import {
  blockLanczos,
  chebyshevSubspace,
  EigenError,
  type EigenResult,
  eigenvaluesAbove,
  float32,
  inverse,
  type LinearOperator,
  lanczos,
  lobpcg,
  powerIteration,
  type Solver,
  type SyncOperator,
} from "@eoss/eigen";
import { describe, expect, it } from "vitest";
import {
  denseOperator,
  diagonalOperator,
  dot,
  laplacian1d,
  norm,
  trueResidual,
  withSpectrum,
} from "./matrices.fixture.js";

type End = "largest" | "smallest";
type Build = (settings: {
  k: number;
  which: End;
  rtol: number;
  atol: number;
}) => Solver<Float64Array>;

/** Every solver goes through one contract: pairs, residuals, bounds, counted products. */
const solvers: [name: string, build: Build][] = [
  ["lanczos", (settings) => lanczos(settings)],
  ["blockLanczos", (settings) => blockLanczos({ ...settings, blockSize: 3 })],
  ["lobpcg", (settings) => lobpcg({ ...settings, blockSize: settings.k + 2 })],
  ["chebyshevSubspace", (settings) => chebyshevSubspace(settings)],
  ["powerIteration", ({ k: _, ...settings }) => powerIteration(settings)],
];

const spectra: [name: string, values: number[]][] = [
  ["decaying", Array.from({ length: 40 }, (_, i) => 10 / (i + 1))],
  ["negative dominant", Array.from({ length: 30 }, (_, i) => 4 - i - (i === 29 ? 10 : 0))],
  ["repeated", [7, 7, 7, 5, 5, ...new Array(20).fill(1), -2, -2, -3]],
  ["tiny", Array.from({ length: 25 }, (_, i) => 1e-9 * (1 + i * i))],
  ["one", [3]],
];

describe.each(solvers)("%s", (name, build) => {
  const k = name === "powerIteration" ? 1 : 3;

  describe.each(spectra)("on a %s spectrum", (spectrumName, spectrum) => {
    const matrix = withSpectrum(spectrum, 9);
    const wantedCount = Math.min(k, matrix.n);
    // The power method converges like (λ₂/λ₁)ʲ: its smallest ends here would take 10⁵ products.
    const slow = name === "powerIteration" && ["decaying", "tiny"].includes(spectrumName);
    it.each<End>(slow ? ["largest"] : ["largest", "smallest"])(
      "finds the %s eigenpairs with true residuals",
      (which) => {
        let products = 0;
        const inner = denseOperator(matrix.rows);
        const operator: SyncOperator = {
          n: matrix.n,
          apply(x, out) {
            products++;
            inner.apply(x, out);
          },
        };
        const atol = 1e-9 * matrix.norm;
        const r = build({ k: wantedCount, which, rtol: 0, atol })(operator);
        expect(r.status).toBe("converged");
        expect(r.matvecs).toBe(products);
        const truth =
          which === "largest"
            ? matrix.values.slice(0, wantedCount)
            : matrix.values.slice(matrix.n - wantedCount);
        for (const [i, v] of r.vectors.entries()) {
          const residual = trueResidual(operator, r.values[i]!, v);
          expect(Math.abs(r.residuals[i]! - residual)).toBeLessThan(2e-13 * matrix.norm);
          expect(r.residuals[i]).toBeLessThanOrEqual(atol);
          const error = Math.abs(r.values[i]! - truth[i]!);
          expect(error).toBeLessThanOrEqual(r.errorBounds[i]! + matrix.uncertainty);
          expect(Math.abs(norm(v) - 1)).toBeLessThan(1e-12);
          for (let j = 0; j < i; j++) expect(Math.abs(dot(v, r.vectors[j]!))).toBeLessThan(1e-11);
        }
      },
    );
  });

  it("awaits an asynchronous operator and gets the same result", async () => {
    const { rows } = withSpectrum(spectra[0]![1], 4);
    const settings = { k: 1, which: "largest", rtol: 1e-6, atol: 0 } as const;
    const later: LinearOperator = {
      n: rows.length,
      apply: async (x) => Float64Array.from(rows, (row) => dot(row, x)),
    };
    const promise = build(settings)(later);
    expect(promise).toBeInstanceOf(Promise);
    expect(await promise).toEqual(build(settings)(denseOperator(rows)));
  });

  it("gains from a warm start", () => {
    const { rows } = withSpectrum(
      Array.from({ length: 60 }, (_, i) => 20 / (i + 1)),
      2,
    );
    const solve = build({ k, which: "largest", rtol: 1e-6, atol: 0 });
    const cold = solve(denseOperator(rows));
    const moved = rows.map((row, i) =>
      row.map((value, j) => value + (i === j ? 1e-3 * Math.sin(i) : 0)),
    );
    const warm = solve(denseOperator(moved), { start: cold.vectors });
    expect(warm.status).toBe("converged");
    expect(warm.matvecs).toBeLessThan(cold.matvecs);
  });

  it("refuses an operator that is not symmetric", () => {
    // One vector alone cannot show it: uᵀAv and vᵀAu need two.
    if (name === "powerIteration") return;
    const skew = {
      n: 20,
      apply: (x: Float64Array) =>
        x.map((v, i) => i * v + 9 * (x[(i + 1) % 20]! - x[(i + 19) % 20]!)),
    };
    const solve = build({ k, which: "largest", rtol: 1e-9, atol: 0 });
    expect(() => solve(skew)).toThrow(expect.objectContaining({ code: "not-symmetric" }));
  });

  it("throws on NaN", () => {
    const solve = build({ k, which: "largest", rtol: 1e-6, atol: 0 });
    const broken = {
      n: 20,
      apply: (x: Float64Array) => x.map((v, i) => (i === 3 ? Number.NaN : v)),
    };
    expect(() => solve(broken)).toThrow(EigenError);
  });
});

describe("an aborted signal", () => {
  const signal = AbortSignal.abort();
  it.each<[string, (op: SyncOperator) => EigenResult]>([
    ["lanczos", lanczos({ signal })],
    ["blockLanczos", blockLanczos({ signal, blockSize: 2 })],
    ["lobpcg", lobpcg({ signal })],
    ["chebyshevSubspace", chebyshevSubspace({ signal })],
    ["powerIteration", powerIteration({ signal })],
    ["eigenvaluesAbove", eigenvaluesAbove({ threshold: 1, signal })],
  ])("%s returns at its first check, marked", (_, solve) => {
    const r = solve(laplacian1d(300));
    expect(r.status).toBe("aborted");
    expect(r.matvecs).toBeLessThan(20);
  });
});

describe("budgets", () => {
  const operator = laplacian1d(300);
  const common = { k: 2, rtol: 1e-12, maxMatvecs: 50 };
  it.each<[string, (op: SyncOperator) => EigenResult]>([
    ["lanczos", lanczos(common)],
    ["blockLanczos", blockLanczos(common)],
    ["lobpcg", lobpcg(common)],
    ["chebyshevSubspace", chebyshevSubspace({ ...common, degree: 5 })],
    ["powerIteration", powerIteration({ rtol: 1e-12, maxMatvecs: 50 })],
    ["eigenvaluesAbove", eigenvaluesAbove({ threshold: 3.99, maxMatvecs: 50, rtol: 1e-12 })],
  ])("%s marks a spent budget and stays within it", (_, solve) => {
    const r = solve(operator);
    expect(r.status).toBe("budget-spent");
    expect(r.matvecs).toBeLessThanOrEqual(50);
    expect(r.message).toMatch(/maxMatvecs/);
  });
});

describe("blockLanczos", () => {
  it("finds a double eigenvalue that single-vector Lanczos cannot see in time", () => {
    const d = Float64Array.from({ length: 2000 }, (_, i) => (i < 2 ? 3 : 2 - i / 1000));
    const block = blockLanczos({ k: 3, blockSize: 2, rtol: 1e-6 })(diagonalOperator(d));
    expect(block.status).toBe("converged");
    expect(Array.from(block.values)).toEqual([3, 3, d[2]!].map((v) => expect.closeTo(v, 4)));
  });

  it("is not fooled by an invariant start", () => {
    const d = Float64Array.from({ length: 50 }, (_, i) => i);
    const start = [3, 7].map((at) => Float64Array.from(d, (_, i) => (i === at ? 1 : 0)));
    const r = blockLanczos({ k: 2 })(diagonalOperator(d), { start });
    expect(r.status).toBe("converged");
    expect(Array.from(r.values)).toEqual([expect.closeTo(49, 8), expect.closeTo(48, 8)]);
  });
});

describe("lobpcg", () => {
  const n = 300;
  const operator = laplacian1d(n);
  const smallest = (j: number) => 2 - 2 * Math.cos((j * Math.PI) / (n + 1));

  it("needs few products with a good preconditioner", () => {
    const solve = lobpcg({ k: 2, which: "smallest", atol: 1e-7, blockSize: 3 });
    const plain = solve(operator);
    const preconditioned = solve(operator, { preconditioner: inverse(operator) });
    expect(preconditioned.status).toBe("converged");
    expect(preconditioned.values[1]).toBeCloseTo(smallest(1), 12);
    expect(preconditioned.matvecs).toBeLessThan(40);
    expect(preconditioned.matvecs * 4).toBeLessThan(plain.matvecs);
  });

  it("stays orthogonal to its constraints", () => {
    const lowest = Float64Array.from({ length: n }, (_, i) =>
      Math.sin(((i + 1) * Math.PI) / (n + 1)),
    );
    const r = lobpcg({ k: 1, which: "smallest", atol: 1e-7 })(operator, {
      constraints: [lowest],
      preconditioner: inverse(operator),
    });
    expect(r.values[0]).toBeCloseTo(smallest(2), 12);
    expect(Math.abs(dot(r.vectors[0]!, lowest)) / norm(lowest)).toBeLessThan(1e-12);
  });

  it("spends one product per moving pair and iteration", () => {
    const r = lobpcg({ k: 4, rtol: 1e-4, history: true })(
      diagonalOperator(Float64Array.from({ length: 500 }, (_, i) => (i < 4 ? 10 - i : i / 500))),
    );
    const steps = r.history!.map((entry) => entry.matvecs);
    expect(steps[0]).toBe(4);
    for (let i = 1; i < steps.length; i++) expect(steps[i]! - steps[i - 1]!).toBeLessThanOrEqual(4);
  });
});

describe("chebyshevSubspace", () => {
  it("follows a slowly changing operator with less work", () => {
    const d = (t: number) =>
      Float64Array.from({ length: 400 }, (_, i) => (i < 4 ? 9 - i + t : Math.sin(i) + t * 0.1));
    const solve = chebyshevSubspace({ k: 3, rtol: 1e-5, degree: 8 });
    const first = solve(diagonalOperator(d(0)));
    const second = solve(diagonalOperator(d(0.01)), {
      start: first.subspace,
      interval: first.interval,
    });
    expect(second.status).toBe("converged");
    expect(second.values[0]).toBeCloseTo(9.01, 6);
    expect(second.matvecs).toBeLessThan(first.matvecs / 2);
  });
});

describe("eigenvaluesAbove", () => {
  it("finds all, repeated ones included, and nothing else", () => {
    const matrix = withSpectrum(
      [9, 9, 9, 7, 6.2, 6, 5.9, ...Array.from({ length: 60 }, (_, i) => i / 15)],
      3,
    );
    const r = eigenvaluesAbove({ threshold: 5.95, rtol: 1e-8 })(denseOperator(matrix.rows));
    expect(r.status).toBe("converged");
    expect(Array.from(r.values)).toEqual([9, 9, 9, 7, 6.2, 6].map((v) => expect.closeTo(v, 8)));
  });

  it("returns none when there is none, with a bound on what is left", () => {
    const n = 3000;
    const r = eigenvaluesAbove({ threshold: 4.5, rtol: 1e-3 })(laplacian1d(n));
    expect(r.status).toBe("converged");
    expect(r.values.length).toBe(0);
    expect(r.vectors).toEqual([]);
    expect(r.remainder?.value ?? Number.POSITIVE_INFINITY).toBeGreaterThan(3.99);
  });

  it("works below zero, where the removed directions must not look like eigenvalues", () => {
    const matrix = withSpectrum([-1, -2, -2, -5, -6, -7, -8, -9], 3);
    const r = eigenvaluesAbove({ threshold: -3 })(denseOperator(matrix.rows));
    expect(Array.from(r.values)).toEqual([-1, -2, -2].map((v) => expect.closeTo(v, 8)));
  });

  it("tracks: a warm start costs less, and sees an eigenvalue that has come up", () => {
    const d = Float64Array.from({ length: 500 }, (_, i) => (i < 3 ? 10 - i : Math.sin(i)));
    const first = eigenvaluesAbove({ threshold: 5, rtol: 1e-4, verify: false })(
      diagonalOperator(d),
    );
    const again = eigenvaluesAbove({ threshold: 5, rtol: 1e-3, verify: false })(
      diagonalOperator(d),
      {
        start: first.vectors,
      },
    );
    expect(again.values.length).toBe(3);
    expect(again.matvecs).toBeLessThan(first.matvecs);
    d[100] = 8.5;
    const risen = eigenvaluesAbove({ threshold: 5, rtol: 1e-4 })(diagonalOperator(d), {
      start: first.vectors,
    });
    expect(Array.from(risen.values)).toEqual([10, 9, 8.5, 8].map((v) => expect.closeTo(v, 4)));
  });
});

describe("powerIteration", () => {
  it("turns to the other end when the wrong one dominates", () => {
    const r = powerIteration({ rtol: 1e-7 })(diagonalOperator([-10, -3, 1, 4]));
    expect(r.status).toBe("converged");
    expect(r.values[0]).toBeCloseTo(4, 8);
    const m = powerIteration({ rtol: 1e-7, which: "magnitude" })(diagonalOperator([-10, -3, 1, 4]));
    expect(m.values[0]).toBeCloseTo(-10, 8);
  });
});

describe("float32 storage", () => {
  it.each<[string, () => Solver<Float32Array>]>([
    ["lanczos", () => lanczos({ k: 2, space: float32(), rtol: 1e-4 })],
    ["blockLanczos", () => blockLanczos({ k: 2, space: float32(), rtol: 1e-4 })],
    ["lobpcg", () => lobpcg({ k: 2, space: float32(), rtol: 1e-4 })],
    ["chebyshevSubspace", () => chebyshevSubspace({ k: 2, space: float32(), rtol: 1e-4 })],
  ])("%s keeps its promises within float32 rounding", (_, build) => {
    const d = Float64Array.from({ length: 800 }, (_, i) => (i < 2 ? 10 - i : Math.cos(i)));
    const operator: SyncOperator<Float32Array> = {
      n: 800,
      apply(x, out) {
        for (let i = 0; i < 800; i++) out[i] = d[i]! * x[i]!;
      },
    };
    const r = build()(operator);
    expect(r.status).toBe("converged");
    for (let i = 0; i < 2; i++) {
      expect(Math.abs(r.values[i]! - (10 - i))).toBeLessThanOrEqual(r.errorBounds[i]!);
      const residual = norm(Float64Array.from(r.vectors[i]!, (v, j) => (d[j]! - r.values[i]!) * v));
      expect(residual).toBeLessThanOrEqual(1.05 * r.residuals[i]! + 1e-6);
    }
  });
});
