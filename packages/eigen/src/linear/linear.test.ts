import {
  cg,
  createRandom,
  denseRectangular,
  EigenError,
  float32,
  type LinearOperator,
  type LinearResult,
  lsqr,
  minres,
  type SyncOperator,
  type SyncRectangularOperator,
} from "@eoss/eigen";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { denseOperator, diagonalOperator, dot, laplacian1d, norm, type Spectral, withSpectrum } from "../matrices.fixture.js"; // biome-ignore format: one line

const RUNS = process.env.EOSS_LONG ? 10_000 : 300;

/** Spectra of one sign or two, singular or not, of a condition up to 1e5, at any scale. */
const systems = fc
  .record({
    n: fc.integer({ min: 1, max: 14 }),
    definite: fc.boolean(),
    zeros: fc.integer({ min: 0, max: 3 }),
    clustered: fc.boolean(),
    digits: fc.integer({ min: 0, max: 5 }),
    consistent: fc.boolean(),
    exponent: fc.integer({ min: -30, max: 30 }),
    rtol: fc.constantFrom(0, 1e-3, 1e-8, 1e-12),
    seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  })
  .map(({ n, definite, zeros, clustered, digits, consistent, exponent, rtol, seed }) => {
    const random = createRandom(seed);
    const values = Array.from({ length: n }, (_, i) => {
      const size = clustered
        ? 1 + Math.floor(2 * random.uniform()) + 1e-9 * random.uniform()
        : 10 ** (-digits * random.uniform());
      return i < zeros ? 0 : size * (definite ? 1 : random.sign()) * 10 ** exponent;
    });
    const matrix = withSpectrum(values, seed);
    const given = Float64Array.from({ length: n }, () => random.normal());
    const operator = denseOperator(matrix.rows);
    const b = consistent ? productOf(operator, given) : given;
    return { matrix, operator, b, definite, rtol };
  });

function productOf({ n, apply }: SyncOperator, x: Float64Array): Float64Array {
  const out = new Float64Array(n);
  return apply(x, out) ?? out;
}

const minus = (x: Float64Array, y: Float64Array) => x.map((value, i) => value - y[i]!);

/** A⁺·b, and the smallest |eigenvalue| that is not 0 by construction. */
function shortest({ values, vectors, norm: size }: Spectral, b: Float64Array) {
  const x = new Float64Array(b.length);
  let least = Number.POSITIVE_INFINITY;
  for (const [i, v] of vectors.entries()) {
    if (Math.abs(values[i]!) <= 1e-9 * size) continue;
    least = Math.min(least, Math.abs(values[i]!));
    const c = dot(v, b) / values[i]!;
    for (let j = 0; j < x.length; j++) x[j]! += c * v[j]!;
  }
  return { x, least };
}

type Run = (operator: SyncOperator, b: Float64Array, settings: object) => LinearResult;
const solvers: [name: string, run: Run, definiteOnly: boolean][] = [
  ["cg", (operator, b, settings) => cg(settings)(operator, { b }), true],
  ["minres", (operator, b, settings) => minres(settings)(operator, { b }), false],
  [
    "lsqr",
    ({ n, apply }, b, settings) =>
      lsqr(settings)({ rows: n, columns: n, apply, applyTransposed: apply }, { b }),
    false,
  ],
];

describe.each(solvers)(`%s on ${RUNS} random systems`, (name, run, definiteOnly) => {
  it("true residuals, right counts, errors within their bound, the shortest least-squares solution", () => {
    let ended = 0;
    fc.assert(
      fc.property(systems, ({ matrix, operator, b, definite, rtol }) => {
        if (definiteOnly && !definite) return;
        let products = 0;
        const counting: SyncOperator = {
          n: operator.n,
          apply(x, out) {
            products++;
            operator.apply(x, out);
          },
        };
        const { x: truth, least } = shortest(matrix, b);
        const lowerBound = matrix.values.includes(0) ? undefined : least;
        const r = run(counting, b, { rtol, maxMatvecs: 2000, lowerBound });
        expect(r.matvecs).toBe(products);
        const residual = norm(minus(b, productOf(operator, r.x)));
        const slack = 1e-13 * (matrix.norm * norm(r.x) + norm(b));
        expect(Math.abs(residual - r.residual)).toBeLessThanOrEqual(slack);
        const error = norm(minus(r.x, truth));
        const unsure = (matrix.uncertainty / least) * norm(truth) + slack / least;
        if (r.status === "converged") expect(residual).toBeLessThanOrEqual(rtol * norm(b) + slack);
        if (r.errorBound !== undefined) expect(error).toBeLessThanOrEqual(r.errorBound + unsure);
        if (r.status === "least-squares") {
          const gradient = norm(productOf(operator, minus(b, productOf(operator, r.x))));
          const allowed = Math.max(rtol, 2e-13) * matrix.norm * r.residual;
          expect(gradient).toBeLessThanOrEqual(allowed + slack * matrix.norm);
          // ‖A·r‖ bounds the error of x, in the range of A; outside of it there is rounding alone.
          expect(error).toBeLessThanOrEqual((gradient + slack * matrix.norm) / least ** 2 + unsure);
        }
        if (["converged", "rounding", "least-squares"].includes(r.status)) ended++;
        else expect(r.message).toBeTruthy();
      }),
      { seed: 40, numRuns: RUNS },
    );
    expect(ended / RUNS).toBeGreaterThan(name === "cg" ? 0.45 : 0.9);
  });

  it("answers 0 with 0, and at the sizes that squares allow", () => {
    const operator = diagonalOperator([1, 2, 3]);
    expect(Array.from(run(operator, new Float64Array(3), {}).x)).toEqual([0, 0, 0]);
    expect(() => run(operator, new Float64Array(3).fill(1e-170), {})).toThrow(/scale/);
    expect(() => run(operator, new Float64Array(3).fill(1e160), {})).toThrow(/overflow/);
    expect(() => run(operator, Float64Array.of(1, Number.NaN, 1), {})).toThrow(/NaN/);
  });

  it("says when the budget or the signal ended it, with the residual of what it has", () => {
    const operator = laplacian1d(200);
    const b = Float64Array.from({ length: 200 }, (_, i) => Math.sin(i * i));
    const few = run(operator, b, { maxMatvecs: 20 });
    expect(few.status).toBe("budget-spent");
    expect(few.matvecs).toBeLessThanOrEqual(20);
    expect(Math.abs(norm(minus(b, productOf(operator, few.x))) - few.residual)).toBeLessThan(1e-12);
    const aborted = run(operator, b, { signal: AbortSignal.abort() });
    expect(aborted.status).toBe("aborted");
  });

  it.each([
    ["an unknown setting", { tol: 1 }],
    ["a negative tolerance", { rtol: -1 }],
    ["a bound of 0", { lowerBound: 0 }],
    ["a budget of nothing", { maxMatvecs: 1 }],
  ])("refuses %s", (_, settings) => {
    const b = Float64Array.of(1, 1);
    expect(() => run(diagonalOperator([1, 2]), b, settings)).toThrow(
      expect.objectContaining({ code: "bad-setting" }),
    );
    expect(() => run(diagonalOperator([1, 2]), Float64Array.of(1), {})).toThrow(/length 1/);
    expect(() => run(diagonalOperator([1, 2]), undefined as never, {})).toThrow(EigenError);
  });
});

describe("cg", () => {
  it("refuses an indefinite operator and an indefinite preconditioner, by name", () => {
    const b = Float64Array.of(1, 1);
    expect(() => cg()(diagonalOperator([1, -2]), { b })).toThrow(/minres/);
    const preconditioner = diagonalOperator([1, -1]);
    expect(() => cg()(diagonalOperator([1, 3]), { b: Float64Array.of(1, 2), preconditioner })).toThrow(/preconditioner/); // biome-ignore format: one line
    expect(() => cg()(diagonalOperator([1, 3]), { b, preconditioner: diagonalOperator([1]) })).toThrow(/another size/); // biome-ignore format: one line
  });

  it("takes a preconditioner: a graded diagonal in few products", () => {
    const d = Float64Array.from({ length: 100 }, (_, i) => 10 ** (i / 20));
    const operator: SyncOperator = {
      n: 100,
      apply(x, out) {
        for (let i = 0; i < 100; i++)
          out[i] = d[i]! * x[i]! + 0.1 * (x[i - 1] ?? 0) + 0.1 * (x[i + 1] ?? 0);
      },
    };
    const b = new Float64Array(100).fill(1);
    const preconditioner = diagonalOperator(d.map((value) => 1 / value));
    const plain = cg()(operator, { b });
    const quick = cg()(operator, { b, preconditioner });
    expect([plain.status, quick.status]).toEqual(["converged", "converged"]);
    expect(quick.matvecs * 5).toBeLessThan(plain.matvecs);
    expect(norm(minus(plain.x, quick.x))).toBeLessThan(1e-4);
  });

  it("goes on from a start, and leaves it and b alone", () => {
    const operator = laplacian1d(50);
    const b = new Float64Array(50).fill(1);
    const first = cg({ rtol: 1e-10 })(operator, { b });
    const start = first.x.slice();
    const again = cg({ rtol: 1e-8 })(operator, { b, start });
    expect(again.matvecs).toBe(1);
    expect(start).toEqual(first.x);
    expect(Array.from(b)).toEqual(new Array(50).fill(1));
  });
});

describe("minres", () => {
  it("says that a lack of symmetry is in the way, instead of a wrong x", () => {
    const skew: SyncOperator = {
      n: 3,
      apply(x, out) {
        out.set([x[0]! + 2 * x[1]!, x[1]! - x[0]!, x[2]! + x[0]!]);
      },
    };
    const b = Float64Array.of(1, 2, 3);
    const r = minres({ maxMatvecs: 300 })(skew, { b });
    expect(Math.abs(norm(minus(b, productOf(skew, r.x))) - r.residual)).toBeLessThan(1e-12);
    if (r.status === "converged") expect(r.residual).toBeLessThan(1e-7);
    else expect(r.message).toMatch(/symmetric|singular|products/);
  });

  it("solves in float32 to the accuracy of float32", () => {
    const operator: LinearOperator<Float32Array> = {
      n: 50,
      apply(x, out) {
        for (let i = 0; i < 50; i++) out[i] = 3 * x[i]! - (x[i - 1] ?? 0) - (x[i + 1] ?? 0);
      },
    };
    const b = new Float32Array(50).fill(1);
    const r = minres({ space: float32(), rtol: 1e-5 })(operator, {
      b,
    }) as LinearResult<Float32Array>;
    expect(r.status).toBe("converged");
    const strict = minres({ space: float32(), rtol: 1e-12 })(operator, {
      b,
    }) as LinearResult<Float32Array>;
    expect(strict.status).toBe("rounding");
  });
});

describe("lsqr", () => {
  /** A straight line through five points. */
  const line = denseRectangular([[1, 0], [1, 1], [1, 2], [1, 3], [1, 4]]); // biome-ignore format: a matrix

  it("fits a line as the normal equations do, and bounds the error of the fit", () => {
    const b = Float64Array.of(1, 3, 2, 5, 4);
    const r = lsqr({ rtol: 1e-12, lowerBound: 1 })(line, { b });
    expect(r.status).toBe("least-squares");
    expect(r.x[0]).toBeCloseTo(1.4, 12);
    expect(r.x[1]).toBeCloseTo(0.8, 12);
    expect(r.residual).toBeCloseTo(Math.sqrt(3.6), 12);
    expect(r.normalResidual).toBeLessThan(1e-10);
    expect(r.errorBound).toBeGreaterThanOrEqual(Math.hypot(r.x[0]! - 1.4, r.x[1]! - 0.8));
    expect(r.errorBound).toBeLessThan(1e-9);
  });

  it("gives the shortest of many solutions", () => {
    const wide: SyncRectangularOperator = {
      rows: 2,
      columns: 5,
      apply: line.applyTransposed,
      applyTransposed: line.apply,
    };
    const r = lsqr({ rtol: 1e-12 })(wide, { b: Float64Array.of(5, 20) });
    expect(r.status).toBe("converged");
    // x = Aᵀ·(A·Aᵀ)⁻¹·b
    const [p, q] = [-1, 1];
    for (let i = 0; i < 5; i++) expect(r.x[i]).toBeCloseTo(p! + q! * i, 11);
  });

  it("counts the products of both sides", () => {
    let forward = 0;
    let backward = 0;
    const counting: SyncRectangularOperator = {
      ...line,
      apply(x, out) {
        forward++;
        line.apply(x, out);
      },
      applyTransposed(y, out) {
        backward++;
        line.applyTransposed(y, out);
      },
    };
    const r = lsqr()(counting, { b: Float64Array.of(1, 3, 2, 5, 4) });
    expect([r.matvecs, r.transposedMatvecs]).toEqual([forward + backward, backward]);
  });

  it.each([
    ["a constant", [1, -1]],
    ["0", [0, 0]],
  ])("refuses %s for a transpose", (_, given) => {
    const wrong: SyncRectangularOperator = {
      ...line,
      applyTransposed: (__, out) => out.set(given),
    };
    expect(() => lsqr()(wrong, { b: Float64Array.of(1, 3, 2, 5, 4) })).toThrow(
      expect.objectContaining({ code: "not-adjoint" }),
    );
  });
});
