import {
  cholesky,
  choleskySolve,
  createRandom,
  type EigenError,
  float32,
  generalizedLanczos,
  generalizedLobpcg,
  type PencilResult,
  type PencilSolver,
  type SyncOperator,
  symmetricEigen,
} from "@eoss/eigen";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { denseOperator, diagonalOperator, dot, norm, withSpectrum } from "../matrices.fixture.js";
import { exactPencil } from "./pencil.fixture.js";

const LONG = process.env.EOSS_LONG === "1";

/** x ↦ A·x that counts. */
function counting(operator: SyncOperator): SyncOperator & { calls: number } {
  const counted = {
    n: operator.n,
    calls: 0,
    apply(x: Float64Array, out: Float64Array) {
      counted.calls++;
      return operator.apply(x, out);
    },
  };
  return counted;
}

const modes = ["lanczos, solve", "lanczos, products", "lobpcg, solve", "lobpcg, products"] as const;

const cases = fc.record({
  n: fc.integer({ min: 1, max: 14 }),
  decades: fc.integer({ min: 0, max: 10 }),
  seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  zeros: fc.constantFrom(0, 0, 0, 3),
  k: fc.integer({ min: 1, max: 3 }),
  which: fc.constantFrom("largest", "smallest"),
  rtol: fc.constantFrom(1e-2, 1e-5, 1e-9),
  mode: fc.constantFrom(...modes),
});

describe("pencils with eigenvalues that are known exactly", () => {
  it("no bound violated, B-orthonormal, the wanted pairs", { timeout: 3_600_000 }, () => {
    const ended: Record<string, number> = {};
    fc.assert(
      fc.property(cases, ({ n, decades, seed, zeros, k: asked, which, rtol, mode }) => {
        const { A, B, b, solve, values } = exactPencil(n, decades, seed, zeros);
        const k = Math.min(asked, n);
        const [a, metric, inverse] = [counting(A), counting(B), counting(solve)];
        const settings = { k, which, rtol, seed, maxMatvecs: 120 } as const;
        const data = { B: metric, ...(mode.endsWith("solve") && { solve: inverse }) };
        const solver: PencilSolver<Float64Array, object> = mode.startsWith("lanczos")
          ? generalizedLanczos(settings)
          : generalizedLobpcg(settings);
        let r: PencilResult;
        try {
          r = solver(a, data);
        } catch (error) {
          // Conjugate gradients may fail at the worst conditions, and say so.
          expect((error as EigenError).code).toBe("no-result");
          expect(mode.endsWith("products") && decades >= 8, (error as Error).message).toBe(true);
          ended.refused = (ended.refused ?? 0) + 1;
          return;
        }
        ended[r.status] = (ended[r.status] ?? 0) + 1;
        expect(r.matvecs).toBe(a.calls);
        expect(r.matvecsB).toBe(metric.calls);
        if (data.solve) expect(r.solves).toBe(inverse.calls);
        const condition = 10 ** decades * n;
        const wanted = which === "largest" ? values.slice(0, k) : values.slice(n - k);
        for (let i = 0; i < k; i++) {
          const nearest = Math.min(...values.map((value) => Math.abs(value - r.values[i]!)));
          expect(nearest).toBeLessThanOrEqual(r.errorBounds[i]!);
          const beyond = (r.values[i]! - wanted[i]!) * (which === "largest" ? 1 : -1);
          // Interlacing, as far as rounding lets the projected problem be that of the pencil.
          const size = Math.max(...values.map(Math.abs));
          expect(beyond).toBeLessThanOrEqual(1e-12 * condition * size + r.errorBounds[i]!);
          // One start vector sees one vector of each eigenspace.
          const simple = new Set(values).size === n;
          if (r.status === "converged" && rtol < 1e-8 && simple) {
            expect(-beyond).toBeLessThanOrEqual(1e-12 * condition * size + r.errorBounds[i]!);
          }
          for (let j = 0; j <= i; j++) {
            const image = b.map((row) => dot(row, r.vectors[i]!));
            const product = dot(image, r.vectors[j]!);
            expect(Math.abs(product - (i === j ? 1 : 0))).toBeLessThan(1e-12 * condition);
          }
        }
      }),
      { seed: 17, numRuns: LONG ? 20_000 : 150 },
    );
    if (LONG) console.log(ended);
    expect(ended.converged).toBeGreaterThan(LONG ? 10_000 : 80);
  });
});

describe("against the reduction to a symmetric problem by Cholesky", () => {
  it.each([0, 2, 5, 8, 10])("cond(B) = 1e%i", (decades) => {
    const n = 12;
    for (let seed = 0; seed < (LONG ? 200 : 8); seed++) {
      const random = createRandom(seed, 3);
      const b = withSpectrum(
        Array.from({ length: n }, (_, i) => 10 ** ((-decades * i) / (n - 1))),
        seed,
      );
      const a = withSpectrum(
        Array.from({ length: n }, () => random.normal()),
        seed + 1000,
      );
      const l = cholesky(b.rows);
      // L⁻¹·A·L⁻ᵀ, column by column.
      const forward = (x: ArrayLike<number>) => {
        const y = Float64Array.from(x);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < i; j++) y[i]! -= l[i]![j]! * y[j]!;
          y[i]! /= l[i]![i]!;
        }
        return y;
      };
      const half = a.rows.map(forward); // rows of A·L⁻ᵀ
      const reduced = Array.from({ length: n }, (_, j) => forward(half.map((row) => row[j]!)));
      const { values } = symmetricEigen(reduced);
      const r = generalizedLanczos({ k: 3, rtol: 1e-10, seed })(denseOperator(a.rows), {
        B: denseOperator(b.rows),
        solve: { n, apply: (z) => choleskySolve(l, z) },
      });
      const largest = Math.max(...values.map(Math.abs));
      const slack = 40 * n * Number.EPSILON * 10 ** decades * largest;
      for (let i = 0; i < 3; i++) {
        expect(Math.abs(r.values[i]! - values[i]!)).toBeLessThanOrEqual(r.errorBounds[i]! + slack);
        // As accurate as the reduction itself is, but for the caution of the bound.
        expect(r.errorBounds[i]).toBeLessThan(1e-9 * largest + 100 * slack);
        const x = r.vectors[i]!;
        const residual = a.rows.map((row, j) => dot(row, x) - r.values[i]! * dot(b.rows[j]!, x));
        const size = norm(forward(residual));
        expect(size).toBeLessThanOrEqual(r.errorBounds[i]! + slack);
      }
    }
  });
});

describe("at the limits", () => {
  it("a B whose solves lose the wanted eigenvalue: never converged, never a wrong bound", () => {
    for (const decades of [11, 12, 13]) {
      for (let seed = 0; seed < 10; seed++) {
        const { A, B, solve, values } = exactPencil(8, decades, seed);
        const settings = { k: 1, maxMatvecs: 60 };
        for (const solver of [generalizedLanczos(settings), generalizedLobpcg(settings)]) {
          let r: PencilResult;
          try {
            r = solver(A, { B, solve });
          } catch (error) {
            expect((error as EigenError).message).toMatch(/B is too ill-conditioned|definite/);
            continue;
          }
          const error = Math.min(...values.map((value) => Math.abs(value - r.values[0]!)));
          expect(error).toBeLessThanOrEqual(r.errorBounds[0]!);
          const far = Math.abs(values[0]! - r.values[0]!) > 0.01 * Math.abs(values[0]!);
          expect(far && r.status === "converged").toBe(false);
        }
      }
    }
  });

  it("singular A: 0 is found, by solves that are as accurate as products", () => {
    const n = 30;
    const path: SyncOperator = {
      n,
      apply(x, out) {
        for (let i = 0; i < n; i++) out[i] = 2 * x[i]! - (x[i - 1] ?? x[0]!) - (x[i + 1] ?? x[i]!);
      },
    };
    const B = diagonalOperator(Float64Array.from({ length: n }, (_, i) => 1 + (i % 3)));
    const settings = { k: 1, which: "smallest" } as const;
    expect(generalizedLanczos(settings)(path, { B }).status).toBe("converged");
    // LOBPCG without a preconditioner ends near the level of rounding, on either side of it.
    for (const solver of [generalizedLanczos(settings), generalizedLobpcg(settings)]) {
      const r = solver(path, { B });
      expect(Math.abs(r.values[0]!)).toBeLessThanOrEqual(r.errorBounds[0]!);
      expect(r.errorBounds[0]).toBeLessThan(1e-11);
    }
  });

  it.each([
    [1e100, 1],
    [1e-100, 1],
    [1, 1e100],
    [1e130, 1e130],
    [1e-40, 1e-40],
  ])("A times %d and B times %d", (a, b) => {
    const pencil = exactPencil(10, 2, 5);
    const times = (rows: Float64Array[], c: number) => rows.map((row) => row.map((v) => c * v));
    const data = { B: denseOperator(times(pencil.b, b)) };
    const r = generalizedLanczos({ k: 2, rtol: 1e-8 })(denseOperator(times(pencil.a, a)), data);
    expect(r.status).toBe("converged");
    for (let i = 0; i < 2; i++) {
      const exact = (pencil.values[i]! * a) / b;
      expect(Math.abs(r.values[i]! - exact)).toBeLessThanOrEqual(r.errorBounds[i]!);
      expect(r.errorBounds[i]).toBeLessThan(1e-7 * Math.abs(exact));
    }
  });

  it("says so where squares overflow", () => {
    const { a, b } = exactPencil(10, 2, 5);
    const data = {
      B: denseOperator(b.map((row) => row.map((v) => 1e-100 * v))),
      solve: {
        n: 10,
        apply: (z: Float64Array) => choleskySolve(cholesky(b), z).map((v) => 1e100 * v),
      },
    };
    expect(() => generalizedLanczos()(denseOperator(a), data)).toThrow(/scale A and B/);
  });
});

describe("linear finite elements on [0, 1]", () => {
  const n = 200;
  const h = 1 / (n + 1);
  const tridiagonal = (off: number, on: number): SyncOperator => ({
    n,
    apply(x, out) {
      for (let i = 0; i < n; i++) out[i] = on * x[i]! + off * ((x[i - 1] ?? 0) + (x[i + 1] ?? 0));
    },
  });
  const [A, B] = [tridiagonal(-1 / h, 2 / h), tridiagonal(h / 6, (4 * h) / 6)];
  const exact = (j: number) =>
    ((6 / h ** 2) * (1 - Math.cos(j * Math.PI * h))) / (2 + Math.cos(j * Math.PI * h));
  /** (tridiag(−1, 2, −1)/h)⁻¹ by elimination. */
  const inverse: SyncOperator = {
    n,
    apply(z, out) {
      const c = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        const pivot = 2 - (c[i - 1] ?? 0);
        c[i] = 1 / pivot;
        out[i] = (h * z[i]! + (out[i - 1] ?? 0)) / pivot;
      }
      for (let i = n - 2; i >= 0; i--) out[i]! += c[i]! * out[i + 1]!;
    },
  };

  it("the largest, by products with the mass matrix only", () => {
    const r = generalizedLanczos({ k: 3, rtol: 1e-8 })(A, { B });
    expect(r.status).toBe("converged");
    for (let i = 0; i < 3; i++) {
      expect(Math.abs(r.values[i]! - exact(n - i))).toBeLessThanOrEqual(r.errorBounds[i]!);
      expect(r.errorBounds[i]).toBeLessThan(2e-8 * exact(n));
    }
    // cond(B) is 3: each solve takes a few products.
    expect(r.matvecsB).toBeLessThan(32 * r.solves);
  });

  it("the smallest, by LOBPCG with a preconditioner and no solve in the search", () => {
    const r = generalizedLobpcg({ k: 3, which: "smallest", blockSize: 4, rtol: 1e-8 })(A, {
      B,
      preconditioner: inverse,
    });
    expect(r.status).toBe("converged");
    expect(r.solves).toBe(3);
    expect(r.matvecs).toBeLessThan(60);
    for (let i = 0; i < 3; i++) {
      expect(Math.abs(r.values[i]! - exact(3 - i))).toBeLessThanOrEqual(r.errorBounds[i]!);
      expect(r.errorBounds[i]).toBeLessThan(1e-7 * exact(3));
    }
  });

  it("from known vectors in fewer products", () => {
    const solver = generalizedLanczos({ k: 2, rtol: 1e-6 });
    const first = solver(A, { B });
    const again = solver(A, { B, start: first.vectors });
    expect(again.status).toBe("converged");
    expect(again.matvecs).toBeLessThan(first.matvecs / 3);
  });

  it("the same numbers from promises", async () => {
    const later = (operator: SyncOperator) => ({
      n,
      apply: async (x: Float64Array, out: Float64Array) => operator.apply(x, out),
    });
    const plain = generalizedLanczos({ k: 2 })(A, { B });
    const promised = generalizedLanczos({ k: 2 })(later(A), { B: later(B) });
    expect(promised).toBeInstanceOf(Promise);
    expect((await promised).values).toEqual(plain.values);
  });

  it("B = c·I is the plain problem, scaled", () => {
    const r = generalizedLanczos({ k: 2, rtol: 1e-9 })(tridiagonal(-1, 2), {
      B: diagonalOperator(new Float64Array(n).fill(4)),
    });
    for (let i = 0; i < 2; i++) {
      const lambda = (2 - 2 * Math.cos(((n - i) * Math.PI) / (n + 1))) / 4;
      expect(Math.abs(r.values[i]! - lambda)).toBeLessThanOrEqual(r.errorBounds[i]!);
      expect(norm(r.vectors[i]!)).toBeCloseTo(0.5, 10);
    }
  });

  it("in float32, with bounds that hold for the operator in float64", () => {
    const single = (off: number, on: number): SyncOperator<Float32Array> => ({
      n,
      apply(x, out) {
        for (let i = 0; i < n; i++) out[i] = on * x[i]! + off * ((x[i - 1] ?? 0) + (x[i + 1] ?? 0));
      },
    });
    const r = generalizedLanczos({ k: 2, rtol: 1e-3, space: float32() })(single(-1 / h, 2 / h), {
      B: single(h / 6, (4 * h) / 6),
    });
    expect(r.status).toBe("converged");
    for (let i = 0; i < 2; i++) {
      expect(Math.abs(r.values[i]! - exact(n - i))).toBeLessThanOrEqual(r.errorBounds[i]!);
    }
  });
});

describe("what has no right answer is refused by name", () => {
  const n = 30;
  const d = Float64Array.from({ length: n }, (_, i) => 1 + Math.cos(i) ** 2);
  const changed = (at: number, value: number) => diagonalOperator(d.with(at, value));
  const A = diagonalOperator(d.map((_, i) => Math.sin(i)));
  const plain = { B: diagonalOperator(d) };

  const refused: [what: string, data: object, code: string, words: RegExp][] = [
    ["B indefinite", { B: changed(3, -1) }, "not-positive-definite", /B must be positive definite/],
    ["B barely indefinite", { B: changed(3, -1e-6) }, "not-positive-definite", /B must be/],
    ["B singular", { B: changed(3, 0) }, "not-positive-definite", /B must be/],
    ["B zero", { B: diagonalOperator(new Float64Array(n)) }, "not-positive-definite", /B must be/],
    ["B negative", { B: diagonalOperator(d.map((v) => -v)) }, "not-positive-definite", /B must be/],
    [
      "B indefinite, with its exact inverse",
      { B: changed(3, -1), solve: diagonalOperator(d.with(3, -1).map((v) => 1 / v)) },
      "not-positive-definite",
      /B must be/,
    ],
    ["a solve that is none", { ...plain, solve: diagonalOperator(d) }, "no-result", /left/],
    [
      "a solve to two digits",
      { ...plain, solve: diagonalOperator(d.map((v, i) => (1 + 0.01 * Math.sin(i)) / v)) },
      "no-result",
      /left/,
    ],
    ["B of another size", { B: diagonalOperator([1, 2]) }, "size-mismatch", /B has size 2/],
    ["a solve of another size", { ...plain, solve: diagonalOperator([1]) }, "size-mismatch", /1/],
    [
      "B unsymmetric",
      { B: { n, apply: (x: Float64Array) => x.map((v, i) => 3 * v + (x[i + 1] ?? 0)) } },
      "not-symmetric",
      /^B: /,
    ],
    ["no B", {}, "bad-setting", /B/],
    ["a name that nobody reads", { ...plain, M: A }, "bad-setting", /no option M/],
  ];
  it.each(refused)("%s", (_, data, code, words) => {
    for (const solver of [generalizedLanczos(), generalizedLobpcg()]) {
      let error: EigenError | undefined;
      try {
        solver(A, data as typeof plain);
      } catch (thrown) {
        error = thrown as EigenError;
      }
      expect(error?.code).toBe(code);
      expect(error?.message).toMatch(words);
    }
  });

  it.each([-300, -200, -170, -150, -139, -120, -100, 100, 120, 139, 152, 200, 300])(
    "A or B of size 1e%i, unless the answer is right",
    (digits) => {
      const scale = 10 ** digits;
      const b = Float64Array.from({ length: n }, (_, i) => 1 + i / 10);
      const truth = Math.max(...d.map((value, i) => value / b[i]!));
      for (const [sizeA, sizeB] of [
        [scale, 1],
        [1, scale],
        [scale, scale],
      ] as const) {
        const a = diagonalOperator(d.map((value) => sizeA * value));
        const data = { B: diagonalOperator(b.map((value) => sizeB * value)) };
        const solve = diagonalOperator(b.map((value) => 1 / (sizeB * value)));
        for (const solver of [generalizedLanczos(), generalizedLobpcg()]) {
          for (const given of [data, { ...data, solve }]) {
            let r: PencilResult;
            try {
              r = solver(a, given);
            } catch (error) {
              expect(["out-of-range", "not-finite"]).toContain((error as EigenError).code);
              expect((error as Error).message).toMatch(/\bA\b|\bB\b|^solve/);
              continue;
            }
            expect(r.status).toBe("converged");
            const exact = truth * (sizeA / sizeB);
            expect(Math.abs(r.values[0]! - exact)).toBeLessThanOrEqual(r.errorBounds[0]!);
            expect(r.values[0]! / exact).toBeCloseTo(1, 6);
          }
        }
      }
    },
  );

  it("an unsymmetric A", () => {
    const operator: SyncOperator = {
      n,
      apply: (x) => x.map((v, i) => d[i]! * v + (x[i + 1] ?? 0)),
    };
    expect(() => generalizedLanczos()(operator, plain)).toThrow(/not symmetric/);
    expect(() => generalizedLobpcg()(operator, plain)).toThrow(/not symmetric/);
  });

  it("a probability that holds for B = I only", () => {
    const settings = { k: 1, certify: 0.01 };
    expect(() => generalizedLanczos(settings)).toThrow(/certify/);
    expect(generalizedLanczos()(A, plain)).not.toHaveProperty("upperBound");
  });
});
