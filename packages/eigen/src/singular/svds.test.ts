import {
  createRandom,
  denseRectangular,
  EigenError,
  type RectangularOperator,
  type SingularResult,
  type SyncRectangularOperator,
  svd,
  svds,
} from "@eoss/eigen";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dot, norm } from "../matrices.fixture.js";

/** An m × n matrix with chosen singular values, min(m, n) of them, between random reflections. */
function withSingularValues(given: readonly number[], m: number, n: number, seed: number) {
  const random = createRandom(seed, 78);
  const values = Float64Array.from(given).sort().reverse();
  const rows = Array.from({ length: m }, () => new Float64Array(n));
  for (const [i, value] of values.entries()) rows[i]![i] = value;
  for (let reflection = 0; reflection < 2; reflection++) {
    const h = unit(Float64Array.from({ length: m }, () => random.normal()));
    const g = unit(Float64Array.from({ length: n }, () => random.normal()));
    const hA = Array.from({ length: n }, (_, j) => 2 * h.reduce((s, v, i) => s + v * rows[i]![j]!, 0)); // biome-ignore format: short
    for (const [i, row] of rows.entries()) for (let j = 0; j < n; j++) row[j]! -= h[i]! * hA[j]!;
    for (const row of rows) {
      const weight = 2 * dot(g, row);
      for (let j = 0; j < n; j++) row[j]! -= weight * g[j]!;
    }
  }
  const size = values[0] ?? 0;
  return { rows, values, size, uncertainty: 8 * (m + n) * Number.EPSILON * size };
}

const unit = (x: Float64Array) => x.map((value) => value / norm(x));

/** √(‖A·v − σ·u‖² + ‖Aᵀ·u − σ·v‖²) from the rows of A. */
function trueResidual(
  rows: readonly Float64Array[],
  sigma: number,
  u: Float64Array,
  v: Float64Array,
) {
  const toLeft = rows.map((row, i) => dot(row, v) - sigma * u[i]!);
  const toRight = Array.from(v, (value, j) => rows.reduce((s, row, i) => s + row[j]! * u[i]!, 0) - sigma * value); // biome-ignore format: short
  return Math.hypot(norm(toLeft), norm(toRight));
}

type Made = ReturnType<typeof withSingularValues>;

/** What must hold of every result, converged or not. */
function expectHonest({ rows, values, size, uncertainty }: Made, r: SingularResult): void {
  const slack = uncertainty + 1e-300;
  const drift = slack + 4 * Number.EPSILON * r.matvecs * size;
  for (const [i, sigma] of r.values.entries()) {
    const [u, v] = [r.left[i]!, r.right[i]!];
    expect(Math.abs(trueResidual(rows, sigma, u, v) - r.residuals[i]!)).toBeLessThanOrEqual(drift);
    const nearest = values.reduce((least, value) => Math.min(least, Math.abs(value - sigma)), Infinity); // biome-ignore format: short
    expect(nearest).toBeLessThanOrEqual(r.errorBounds[i]! + slack);
    if (i > 0) expect(r.values[i - 1]).toBeGreaterThanOrEqual(sigma);
    for (let j = 0; j <= i; j++) {
      const same = i === j ? 1 : 0;
      expect(Math.abs(dot(u, r.left[j]!) - same)).toBeLessThan(1e-12);
      expect(Math.abs(dot(v, r.right[j]!) - same)).toBeLessThan(1e-12);
    }
  }
}

const matrices = fc
  .record({
    shape: fc.constantFrom("uniform", "clustered", "repeated", "deficient", "graded", "zero"),
    m: fc.integer({ min: 1, max: 14 }),
    n: fc.integer({ min: 1, max: 14 }),
    gap: fc.integer({ min: 1, max: 14 }),
    exponent: fc.integer({ min: -30, max: 30 }),
    seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  })
  .map(({ shape, m, n, gap, exponent, seed }) => {
    const random = createRandom(seed);
    const rank = Math.min(m, n);
    const values = Array.from({ length: rank }, (_, i) => {
      const u = random.uniform();
      const sizes = {
        uniform: u,
        clustered: 1 + Math.floor(3 * u) + 10 ** -gap * random.uniform(),
        repeated: Math.floor(3 * u),
        deficient: i < rank / 2 ? u : 0,
        graded: 10 ** (-12 * u),
        zero: 0,
      };
      return sizes[shape] * 10 ** exponent;
    });
    return { made: withSingularValues(values, m, n, seed), m, n, rank, seed };
  });

const RUNS = process.env.EOSS_LONG ? 10_000 : process.env.EOSS_FULL ? 400 : 150;

describe(`svds on ${RUNS} random matrices`, () => {
  it("no violated bound, residual or interlacing; to full accuracy every value, however often", () => {
    let converged = 0;
    fc.assert(
      fc.property(
        matrices,
        fc.record({
          k: fc.integer({ min: 1, max: 4 }),
          which: fc.constantFrom<"largest" | "smallest">("largest", "smallest"),
          rtol: fc.constantFrom(0, 1e-2, 1e-5, 1e-9),
          basisSize: fc.integer({ min: 6, max: 14 }),
          repeated: fc.boolean(),
        }),
        ({ made, rank, seed }, { k, which, rtol, basisSize, repeated }) => {
          const wanted = Math.min(k, rank);
          // A restart may come before the space closes, and then one copy of a value may be all.
          const room = rtol === 0 ? {} : { basisSize };
          const r = svds({ k: wanted, which, rtol, ...room, repeated, seed, maxMatvecs: 800 })(
            denseRectangular(made.rows),
          );
          expectHonest(made, r);
          if (r.status === "converged") converged++;
          const truth = made.values.slice(
            which === "largest" ? 0 : rank - wanted,
            which === "largest" ? wanted : rank,
          );
          const slack = made.uncertainty + 1e-300;
          for (const [i, value] of truth.entries()) {
            if (r.values.length < wanted) break;
            const above = r.values[i]! - value;
            // From a subspace, the j-th largest lies below its own, the j-th smallest above.
            expect(which === "largest" ? above : -above).toBeLessThanOrEqual(slack);
            if (rtol === 0 && r.status !== "budget-spent") {
              expect(Math.abs(above)).toBeLessThanOrEqual(r.errorBounds[i]! + slack);
            }
          }
        },
      ),
      { seed: 30, numRuns: RUNS },
    );
    expect(converged / RUNS).toBeGreaterThan(0.7);
  });

  it("svd: A = Σ σ·u·vᵀ, orthonormal, values as they were made", () => {
    fc.assert(
      fc.property(matrices, ({ made, m, n }) => {
        const { values, left, right } = svd(made.rows);
        const slack = made.uncertainty + 1e-300;
        for (const [i, sigma] of values.entries()) {
          expect(Math.abs(sigma - made.values[i]!)).toBeLessThanOrEqual(slack);
          for (let j = 0; j <= i; j++) {
            expect(Math.abs(dot(left[i]!, left[j]!) - Number(i === j))).toBeLessThan(1e-13);
            expect(Math.abs(dot(right[i]!, right[j]!) - Number(i === j))).toBeLessThan(1e-13);
          }
        }
        for (let i = 0; i < m; i++) {
          for (let j = 0; j < n; j++) {
            const sum = values.reduce((s, v, c) => s + v * left[c]![i]! * right[c]![j]!, 0);
            expect(Math.abs(sum - made.rows[i]![j]!)).toBeLessThanOrEqual(slack);
          }
        }
      }),
      { seed: 31, numRuns: RUNS },
    );
  });
});

describe("svd", () => {
  it("keeps the digits of small values where columns differ in size alone", () => {
    const q = svd(Array.from({ length: 6 }, (_, i) => Array.from({ length: 4 }, (__, j) => Math.sin(1 + i * (j + 1))))).left; // biome-ignore format: short
    const sizes = [1, 1e-40, 1e-80, 1e-130];
    const graded = Array.from({ length: 6 }, (_, i) => sizes.map((size, j) => size * q[j]![i]!));
    const { values, left } = svd(graded);
    for (const [j, size] of sizes.entries()) {
      expect(values[j]! / size).toBeCloseTo(1, 13);
      expect(Math.abs(dot(left[j]!, q[j]!))).toBeCloseTo(1, 13);
    }
  });

  it.each([
    ["nothing", [], /empty/],
    ["rows of unequal length", [[1, 2], [1]], /length 2/],
    ["NaN", [[1, Number.NaN]], /non-finite/],
  ])("refuses %s", (_, rows, message) => {
    expect(() => svd(rows as number[][])).toThrow(message);
  });
});

/** The n − 1 differences of neighbours: singular values 2·sin(jπ/2n), and no zero among them. */
function differences(n: number): SyncRectangularOperator {
  return {
    rows: n - 1,
    columns: n,
    apply(x, out) {
      for (let i = 0; i < n - 1; i++) out[i] = x[i + 1]! - x[i]!;
    },
    applyTransposed(y, out) {
      for (let i = 0; i < n; i++) out[i] = (y[i - 1] ?? 0) - (y[i] ?? 0);
    },
  };
}

describe("svds", () => {
  it("gives both ends of a difference matrix as its closed form has them", () => {
    const n = 120;
    const exact = Array.from(
      { length: n - 1 },
      (_, j) => 2 * Math.sin(((n - 1 - j) * Math.PI) / (2 * n)),
    );
    const top = svds({ k: 5, rtol: 1e-10 })(differences(n));
    const bottom = svds({ k: 3, which: "smallest", rtol: 1e-10 })(differences(n));
    expect([top.status, bottom.status]).toEqual(["converged", "converged"]);
    for (let i = 0; i < 5; i++) expect(Math.abs(top.values[i]! - exact[i]!)).toBeLessThan(1e-13);
    for (let i = 0; i < 3; i++) {
      expect(Math.abs(bottom.values[i]! - exact[n - 4 + i]!)).toBeLessThan(1e-12);
    }
    expect(top.left[0]!.length).toBe(n - 1);
    expect(top.right[0]!.length).toBe(n);
  });

  it("counts the products of both sides, each", () => {
    let forward = 0;
    let backward = 0;
    const inner = differences(60);
    const r = svds({ k: 3 })({
      ...inner,
      apply(x, out) {
        forward++;
        inner.apply(x, out);
      },
      applyTransposed(y, out) {
        backward++;
        inner.applyTransposed(y, out);
      },
    });
    expect(r.matvecs).toBe(forward + backward);
    expect(r.transposedMatvecs).toBe(backward);
  });

  it("sees a singular value of 1e-10, which AᵀA loses in rounding", () => {
    const made = withSingularValues([1, 0.5, 0.2, 0.1, 1e-10], 40, 5, 3);
    const r = svds({ k: 1, which: "smallest" })(denseRectangular(made.rows));
    expect(Math.abs(r.values[0]! - 1e-10)).toBeLessThan(1e-14);
    expect(r.errorBounds[0]).toBeLessThan(1e-13);
  });

  it("says that copies may be missing where it stopped before its space closed", () => {
    const values = Array.from({ length: 80 }, (_, i) => (i < 40 ? 1 + i / 40 : 0));
    const { rows } = withSingularValues(values, 90, 80, 5);
    const r = svds({ k: 2, which: "smallest" })(denseRectangular(rows));
    expect(r.status).toBe("converged");
    expect(r.message).toMatch(/more copies.*repeated: true/);
    const all = svds({ k: 3, which: "smallest", repeated: true })(denseRectangular(rows));
    expect(all.status).toBe("converged");
    expect(all.message).toBeUndefined();
    for (const sigma of all.values) expect(sigma).toBeLessThan(1e-13);
    const few = withSingularValues([...values.slice(0, 40), 0, 0], 50, 42, 7);
    const mixed = svds({ k: 4, which: "smallest", repeated: true })(denseRectangular(few.rows));
    expect(mixed.status).toBe("converged");
    const exact = [1.025, 1, 0, 0];
    for (const [i, sigma] of mixed.values.entries()) expect(sigma).toBeCloseTo(exact[i]!, 10);
    expect(svds({ k: 1, which: "smallest" })(denseRectangular(rows)).message).toBeUndefined();
  });

  it.each(["largest", "smallest"] as const)("finds all copies at the %s end", (which) => {
    const values = Array.from({ length: 40 }, (_, i) => 2 + i / 40);
    const copies = which === "largest" ? [5, 5, 5] : [1, 1, 1];
    const { rows } = withSingularValues([...values, ...copies], 50, 43, 6);
    const r = svds({ k: 3, which, repeated: true, rtol: 1e-9 })(denseRectangular(rows));
    expect(r.status).toBe("converged");
    for (const sigma of r.values) expect(sigma).toBeCloseTo(copies[0]!, 12);
    expect(new Set(r.residuals.map((residual) => Number(residual < 1e-8)))).toEqual(new Set([1]));
  });

  it("says that the smallest value of an ill-conditioned matrix was not reached", () => {
    const made = withSingularValues(
      Array.from({ length: 90 }, (_, i) => 10 ** (-i / 10)),
      90,
      90,
      4,
    );
    const r = svds({ which: "smallest", maxMatvecs: 200, basisSize: 20 })(
      denseRectangular(made.rows),
    );
    expect(r.status).toBe("budget-spent");
    expect(r.message).toMatch(/maxMatvecs/);
    expectHonest(made, r);
    const aborted = svds({ signal: AbortSignal.abort() })(denseRectangular(made.rows));
    expect(aborted.status).toBe("aborted");
  });

  it.each([
    [1, 30],
    [30, 1],
    [1, 1],
  ])("takes a matrix of %i × %i", (m, n) => {
    const rows = Array.from({ length: m }, (_, i) =>
      Float64Array.from({ length: n }, (__, j) => Math.sin(1 + i + j)),
    );
    const r = svds()(denseRectangular(rows));
    expect(r.status).toBe("converged");
    expect(r.values[0]).toBeCloseTo(norm(rows.flatMap((row) => [...row])), 13);
  });

  it.each(["largest", "smallest"] as const)(
    "finds all copies in the identity and in 0: %s",
    (which) => {
      for (const value of [1, 0]) {
        const rows = Array.from({ length: 50 }, (_, i) =>
          Float64Array.from({ length: 40 }, (__, j) => (i === j ? value : 0)),
        );
        const r = svds({ k: 4, which })(denseRectangular(rows));
        expect(r.status).toBe("converged");
        for (const sigma of r.values) expect(sigma).toBeCloseTo(value, 14);
        expect(r.matvecs).toBeLessThanOrEqual(12);
      }
    },
  );

  it("a centring wrapper makes principal components of it, with no covariance", () => {
    const random = createRandom(8);
    const columns = 12;
    const data = Array.from({ length: 300 }, () => {
      const z = random.normal();
      return Float64Array.from(
        { length: columns },
        (_, j) => 100 + 10 ** (-j / 2) * random.normal() + z,
      );
    });
    const mean = Float64Array.from(
      { length: columns },
      (_, j) => data.reduce((s, row) => s + row[j]!, 0) / 300,
    );
    const raw = denseRectangular(data);
    const centred: SyncRectangularOperator = {
      ...raw,
      apply(x, out) {
        raw.apply(x, out);
        const shift = dot(mean, x);
        for (let i = 0; i < out.length; i++) out[i]! -= shift;
      },
      applyTransposed(y, out) {
        raw.applyTransposed(y, out);
        const total = y.reduce((s, value) => s + value, 0);
        for (let j = 0; j < columns; j++) out[j]! -= total * mean[j]!;
      },
    };
    const exact = svd(data.map((row) => row.map((value, j) => value - mean[j]!))).values;
    const r = svds({ k: 4, rtol: 1e-9 })(centred);
    expect(r.status).toBe("converged");
    for (let i = 0; i < 4; i++) {
      expect(Math.abs(r.values[i]! - exact[i]!)).toBeLessThan(1e-10 * exact[0]!);
    }
  });

  const a = denseRectangular([[1, 2, 0], [0, 3, 1], [5, 0, 1], [0, 0, 2]]); // biome-ignore format: a matrix
  const broken: [string, Partial<RectangularOperator>, string][] = [
    ["twice the transpose", { applyTransposed: (y, out) => { a.applyTransposed(y, out); for (let i = 0; i < 3; i++) out[i]! *= 2; } }, "not-adjoint"], // biome-ignore format: short
    ["minus the transpose", { applyTransposed: (y, out) => { a.applyTransposed(y, out); for (let i = 0; i < 3; i++) out[i]! *= -1; } }, "not-adjoint"], // biome-ignore format: short
    ["one wrong entry", { applyTransposed: (y, out) => { a.applyTransposed(y, out); out[0]! += 0.1 * y[0]!; } }, "not-adjoint"], // biome-ignore format: short
    ["a transpose that is 0", { applyTransposed: (_, out) => void out.fill(0) }, "not-adjoint"],
    ["a transpose that changes y", { applyTransposed: (y, out) => { a.applyTransposed(y, out); y.fill(0); } }, "broken-contract"], // biome-ignore format: short
    ["a transpose that fills a part", { applyTransposed: (_, out) => void (out[0] = 1) }, "broken-contract"], // biome-ignore format: short
    ["a transpose of NaN", { applyTransposed: (_, out) => void out.fill(Number.NaN) }, "not-finite"],
    ["a transpose of the wrong length", { applyTransposed: () => new Float64Array(4) }, "size-mismatch"], // biome-ignore format: short
    ["products of the wrong length", { apply: () => new Float64Array(3) }, "size-mismatch"],
    ["no transpose", { applyTransposed: undefined as never }, "bad-setting"],
    ["no product", { apply: undefined as never }, "bad-setting"],
    ["no rows", { rows: 0 }, "bad-setting"],
  ]; // biome-ignore format: one a line
  it.each(broken)("refuses an operator with %s", async (_, part, code) => {
    const act = async () => svds({ k: 2 })({ ...a, ...part });
    const error: EigenError = await act().then(() => undefined as never, (e) => e); // biome-ignore format: short
    expect(error).toBeInstanceOf(EigenError);
    expect(error.code).toBe(code);
    if (code === "broken-contract") expect(error.message).toContain("applyTransposed");
  });

  it("counts a small difference to the transpose as a residual", () => {
    const r = svds({ rtol: 1e-8 })({
      ...a,
      applyTransposed(y, out) {
        a.applyTransposed(y, out);
        out[0]! += 1e-4 * y[0]!;
      },
    });
    expect(r.status).toBe("stagnated");
    expect(r.residuals[0]).toBeGreaterThan(1e-6);
  });

  it.each([
    ["k above min(m, n)", { k: 4 }],
    ["both ends", { which: "both" as never }],
    ["a budget below one step", { maxMatvecs: 1 }],
    ["no tolerance", { adjointTol: Number.NaN }],
    ["a basis without room", { k: 2, basisSize: 2 }],
  ])("refuses %s", (_, settings) => {
    expect(() => svds(settings)(a)).toThrow(expect.objectContaining({ code: "bad-setting" }));
  });

  it("awaits an operator that answers later, with the same result", async () => {
    const later: RectangularOperator = {
      ...a,
      apply: async (x, out) => a.apply(x, out),
      applyTransposed: async (y, out) => a.applyTransposed(y, out),
    };
    expect(await svds({ k: 2 })(later)).toEqual(svds({ k: 2 })(a));
  });
});
