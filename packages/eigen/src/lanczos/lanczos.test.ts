import { EigenError, float32, type LinearOperator, lanczos } from "@eoss/eigen";
import { describe, expect, it } from "vitest";
import {
  denseOperator,
  diagonalOperator,
  dot,
  laplacian1d,
  norm,
  trueResidual,
  withSpectrum,
} from "../matrices.fixture.js";

const laplacianValue = (n: number, j: number) => 2 - 2 * Math.cos((j * Math.PI) / (n + 1));

describe("lanczos", () => {
  it("finds both ends of the 1-D Laplacian, whose eigenvalues are known", () => {
    const n = 200;
    const operator = laplacian1d(n);
    const largest = lanczos({ k: 3, rtol: 1e-9 })(operator);
    expect(largest.status).toBe("converged");
    for (let i = 0; i < 3; i++) expect(largest.values[i]).toBeCloseTo(laplacianValue(n, n - i), 9);
    const smallest = lanczos({ k: 2, which: "smallest", atol: 1e-9 })(operator);
    expect(smallest.status).toBe("converged");
    expect(smallest.values[0]).toBeCloseTo(laplacianValue(n, 2), 9);
    expect(smallest.values[1]).toBeCloseTo(laplacianValue(n, 1), 9);
    const both = lanczos({ k: 2, which: "both", atol: 1e-9 })(operator);
    expect(both.values[0]).toBeCloseTo(laplacianValue(n, n), 9);
    expect(both.values[1]).toBeCloseTo(laplacianValue(n, 1), 9);
  });

  it("tells the most positive eigenvalue from the largest magnitude", () => {
    const operator = diagonalOperator([-9, 1, 4, 2, -3, 0.5]);
    expect(lanczos({})(operator).values[0]).toBeCloseTo(4, 12);
    expect(lanczos({ which: "magnitude" })(operator).values[0]).toBeCloseTo(-9, 12);
    expect(Array.from(lanczos({ k: 2, which: "magnitude" })(operator).values)).toEqual([
      expect.closeTo(4, 12),
      expect.closeTo(-9, 12),
    ]);
  });

  it("reports the residual that the operator itself gives, restarts included", () => {
    const operator = laplacian1d(400);
    for (const rtol of [1e-1, 1e-2, 1e-4, 1e-8]) {
      const r = lanczos({ k: 2, rtol, basisSize: 12 })(operator);
      expect(r.status).toBe("converged");
      for (const [i, v] of r.vectors.entries()) {
        const truth = trueResidual(operator, r.values[i]!, v);
        expect(Math.abs(norm(v) - 1)).toBeLessThan(1e-13);
        expect(Math.abs(r.residuals[i]! - truth)).toBeLessThan(1e-12);
        expect(truth).toBeLessThanOrEqual(rtol * r.values[i]! + 1e-13);
      }
      expect(Math.abs(dot(r.vectors[0]!, r.vectors[1]!))).toBeLessThan(1e-12);
    }
  });

  it("gives a plain result for a synchronous operator and a promise for an asynchronous one", async () => {
    const { rows, values } = withSpectrum([5, 3, 2, 1, 0, -4], 3);
    const sync = denseOperator(rows);
    const later: LinearOperator = {
      n: 6,
      apply: (x) => Promise.resolve(Float64Array.from(rows, (row) => dot(row, x))),
    };
    const plain = lanczos({ k: 2 })(sync);
    const promised = lanczos({ k: 2 })(later);
    expect(promised).toBeInstanceOf(Promise);
    expect(await promised).toEqual(plain);
    expect(plain.values[0]).toBeCloseTo(values[0]!, 10);
  });

  it("takes an operator that returns its result, even always the same buffer or x itself", () => {
    const buffer = new Float64Array(50);
    const inner = laplacian1d(50);
    const r = lanczos({ rtol: 1e-10 })({
      n: 50,
      apply(x) {
        inner.apply(x, buffer);
        return buffer;
      },
    });
    expect(r.values[0]).toBeCloseTo(laplacianValue(50, 50), 10);
    const one = lanczos({ k: 3 })({ n: 50, apply: (x) => x });
    expect(Array.from(one.values)).toEqual([1, 1, 1].map((v) => expect.closeTo(v, 14)));
  });

  it("stops after two products when the start is good enough already", () => {
    const operator = laplacian1d(300);
    const cold = lanczos({ rtol: 1e-6 })(operator);
    const warm = lanczos({ rtol: 1e-5 })(operator, { start: cold.vectors });
    expect(warm.status).toBe("converged");
    expect(warm.matvecs).toBe(2);
    expect(warm.matvecs).toBeLessThan(cold.matvecs);
  });

  it("is not fooled by a start that is an eigenvector of another eigenvalue", () => {
    const d = Float64Array.from({ length: 60 }, (_, i) => i / 10);
    const start = new Float64Array(60);
    start[7] = 1;
    const r = lanczos({})(diagonalOperator(d), { start });
    expect(r.status).toBe("converged");
    expect(r.values[0]).toBeCloseTo(5.9, 10);
  });

  it("finds repeated eigenvalues once its Krylov space closes", () => {
    const d = [3, 3, 1, ...new Array(40).fill(0)];
    const r = lanczos({ k: 3 })(diagonalOperator(d));
    expect(r.status).toBe("converged");
    expect(Array.from(r.values)).toEqual([3, 3, 1].map((v) => expect.closeTo(v, 12)));
  });

  it("solves the smallest problems: n = 1, the zero operator, k = n", () => {
    const one = lanczos({})(diagonalOperator([-7]));
    expect(one.status).toBe("converged");
    expect(one.values[0]).toBe(-7);
    expect(one.matvecs).toBe(1);
    const zero = lanczos({ k: 2 })({ n: 1000, apply: (x) => x.map(() => 0) });
    expect(zero.status).toBe("converged");
    expect(Array.from(zero.values)).toEqual([0, 0]);
    expect(zero.matvecs).toBeLessThan(5);
    const { rows, values } = withSpectrum([4, 4, 4, 1, 1, -2], 1);
    const all = lanczos({ k: 6 })(denseOperator(rows));
    expect(all.status).toBe("converged");
    for (let i = 0; i < 6; i++) expect(all.values[i]).toBeCloseTo(values[i]!, 12);
  });

  it("marks a spent budget and returns what it has", () => {
    const r = lanczos({ which: "smallest", maxMatvecs: 15, rtol: 1e-10 })(laplacian1d(500));
    expect(r.status).toBe("budget-spent");
    expect(r.matvecs).toBe(15);
    expect(r.message).toMatch(/maxMatvecs/);
    expect(r.values[0]).toBeGreaterThan(laplacianValue(500, 1));
    expect(r.residuals[0]).toBeGreaterThan(0);
  });

  it("bounds both ends with the stated probability where it is asked to", () => {
    const operator = laplacian1d(1000);
    const top = laplacianValue(1000, 1000);
    const r = lanczos({ rtol: 1e-2, certify: 0.01 })(operator);
    expect(r.status).toBe("converged");
    expect(r.upperBound!.probability).toBe(0.99);
    expect(r.upperBound!.value).toBeGreaterThanOrEqual(top);
    expect(r.upperBound!.value - r.values[0]!).toBeLessThanOrEqual(1e-2 * r.values[0]!);
    expect(r.lowerBound).toBeUndefined();
    const both = lanczos({ k: 2, which: "both", rtol: 1e-2, atol: 0.04, certify: 0.01 })(operator);
    expect(both.lowerBound!.value).toBeLessThanOrEqual(laplacianValue(1000, 1));
    expect(both.values[1]! - both.lowerBound!.value).toBeLessThanOrEqual(0.04);
    expect(lanczos({})(operator).upperBound).toBeUndefined();
    expect(() => lanczos({ certify: 0.01 })(operator, { start: r.vectors })).toThrow(/random/);
  });

  it("says what to change where a certificate was not reached", () => {
    const search = { rtol: 1e-3, certify: 0.01, basisSize: 8 };
    const short = lanczos({ ...search, maxMatvecs: 60 })(laplacian1d(1000));
    expect(short.status).toBe("budget-spent");
    expect(short.message).toMatch(/basisSize/);
    const long = lanczos(search)(laplacian1d(1000));
    expect(long.status).toBe("converged");
    for (const r of [short, long]) {
      expect(r.values[0]!).toBeLessThanOrEqual(laplacianValue(1000, 1000));
      expect(r.upperBound!.value).toBeGreaterThanOrEqual(laplacianValue(1000, 1000));
    }
  });

  it("stores float32 vectors and still sums in float64", () => {
    const n = 500;
    const r = lanczos({ space: float32(), rtol: 1e-5 })({
      n,
      apply(x, out) {
        for (let i = 0; i < n; i++) out[i] = 2 * x[i]! - (x[i - 1] ?? 0) - (x[i + 1] ?? 0);
      },
    });
    expect(r.status).toBe("converged");
    expect(r.vectors[0]).toBeInstanceOf(Float32Array);
    expect(Math.abs(r.values[0]! - laplacianValue(n, n))).toBeLessThanOrEqual(r.errorBounds[0]!);
  });

  it("says when rounding stands in the way of the tolerance", () => {
    const rough = laplacian1d(100);
    const r = lanczos({ rtol: 1e-12 })({
      n: 100,
      apply(x, out) {
        rough.apply(x, out);
        for (let i = 0; i < 100; i++) out[i] = Math.fround(out[i]!);
      },
    });
    expect(r.status).toBe("stagnated");
    expect(r.residuals[0]).toBeGreaterThan(1e-9);
    expect(r.values[0]).toBeCloseTo(laplacianValue(100, 100), 6);
  });

  it("keeps a history, reports progress and obeys an abort signal", () => {
    const seen: number[] = [];
    const abort = new AbortController();
    const r = lanczos({
      history: true,
      rtol: 1e-12,
      signal: abort.signal,
      onProgress: ({ matvecs }) => {
        seen.push(matvecs);
        if (matvecs === 9) abort.abort();
      },
    })(laplacian1d(300));
    expect(r.status).toBe("aborted");
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(r.history!.map((entry) => entry.matvecs)).toEqual(seen);
    expect(r.history!.at(-1)!.values[0]).toBe(r.values[0]);
  });

  it.each([
    ["k > n", () => lanczos({ k: 4 })(laplacian1d(3)), "bad-setting"],
    ["k = 0", () => lanczos({ k: 0 }), "bad-setting"],
    ["an unknown end", () => lanczos({ which: "top" as "largest" }), "bad-setting"],
    ["n = 0", () => lanczos({})(laplacian1d(0)), "bad-setting"],
    [
      "a zero start",
      () => lanczos({})(laplacian1d(3), { start: new Float64Array(3) }),
      "bad-setting",
    ],
    [
      "a start of the wrong length",
      () => lanczos({})(laplacian1d(3), { start: Float64Array.of(1, 2) }),
      "size-mismatch",
    ],
    [
      "a product of the wrong length",
      () => lanczos({})({ n: 3, apply: () => new Float64Array(2) }),
      "size-mismatch",
    ],
    [
      "NaN in a product",
      () => lanczos({})({ n: 3, apply: (x) => x.map(() => Number.NaN) }),
      "not-finite",
    ],
    [
      "an unsymmetric operator",
      () =>
        lanczos({ rtol: 1e-10 })({
          n: 30,
          apply: (x) => x.map((_, i) => i * x[i]! + (x[i + 1] ?? 0)),
        }),
      "not-symmetric",
    ],
  ])("refuses %s", (_, solve, code) => {
    expect(solve).toThrow(EigenError);
    try {
      solve();
    } catch (error) {
      expect((error as EigenError).code).toBe(code);
    }
  });
});

describe("a witness", () => {
  // Eigenvalues 10 and 9.7 on top, the rest below 6; the start is nearly the wrong eigenvector.
  const spectrum = Float64Array.from({ length: 60 }, (_, i) => (i < 2 ? 10 - 0.3 * i : 6 - i / 12));
  const operator = { n: 60, apply: (x: Float64Array) => x.map((value, i) => spectrum[i]! * value) };
  const start = Float64Array.from({ length: 60 }, (_, i) => (i === 1 ? 1 : 1e-3));

  it("keeps a loose search from settling on a neighbour of the wanted eigenvalue", () => {
    const alone = lanczos({ rtol: 1e-2 })(operator, { start });
    expect(alone.values[0]).toBeLessThan(9.75);
    const witnessed = lanczos({ rtol: 1e-2, witness: 2e-2 })(operator, { start });
    expect(witnessed.values[0]).toBeGreaterThan(9.99);
    expect(witnessed.status).toBe("converged");
    expect(witnessed.matvecs).toBeGreaterThan(alone.matvecs);
  });

  it("must not be negative", () => {
    expect(() => lanczos({ witness: -1 })).toThrow(/witness must be a number of at least 0/);
  });
});

describe("angle bounds", () => {
  const spectrum = Array.from({ length: 60 }, (_, i) => (i < 3 ? 16 - 2 * i : 8 * 0.9 ** i));
  const diagonal = {
    n: spectrum.length,
    apply(x: Float32Array, out: Float32Array) {
      for (let i = 0; i < spectrum.length; i++) out[i] = spectrum[i]! * x[i]!;
    },
  };

  // In float32 a residual that falls below the rounding leaves the angle to the rounding alone.
  it.each([1e-2, 1e-4, 1e-6])("hold and stay small, to residuals of %d", async (rtol) => {
    const found = await lanczos({ k: 3, rtol, seed: 5, space: float32() })(diagonal);
    for (const [i, vector] of found.vectors.entries()) {
      const along = vector.reduce((sum, x, j) => sum + (j === i ? 0 : x * x), 0);
      expect(Math.sqrt(along)).toBeLessThanOrEqual(found.angleBounds[i]!);
    }
    expect(found.angleBounds[0]!).toBeLessThanOrEqual((rtol * 16) / 1.9 + 1e-4);
  });
});
