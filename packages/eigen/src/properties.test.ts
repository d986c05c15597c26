import {
  blockLanczos,
  cholesky,
  choleskySolve,
  createRandom,
  type EigenResult,
  lanczos,
  lobpcg,
  qr,
  type SyncOperator,
  symmetricEigen,
  type Which,
} from "@eoss/eigen";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  denseOperator,
  dot,
  norm,
  type Spectral,
  trueResidual,
  withSpectrum,
} from "./matrices.fixture.js";

/** The long form has 10,000 operators a solver: EOSS_LONG=1. */
const LONG = process.env.EOSS_LONG === "1";

/** Spectra with everything that is hard: clusters, repeats, signs, zeros, 12 decades, any scale. */
const spectrum = fc
  .record({
    shape: fc.constantFrom("uniform", "clustered", "repeated", "negative", "deficient", "graded"),
    n: fc.integer({ min: 1, max: 14 }),
    exponent: fc.integer({ min: -30, max: 30 }),
    seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  })
  .map(({ shape, n, exponent, seed }) => {
    const random = createRandom(seed);
    const value = (i: number): number => {
      const u = random.uniform();
      switch (shape) {
        case "clustered":
          return Math.floor(3 * u) + 1e-7 * random.uniform();
        case "repeated":
          return Math.floor(3 * u) - 1;
        case "negative":
          return i === 0 ? -50 : u;
        case "deficient":
          return i < n / 3 ? u - 0.5 : 0;
        case "graded":
          return 10 ** (-12 * u) * random.sign();
        default:
          return 2 * u - 1;
      }
    };
    const scale = 10 ** exponent;
    const values = Array.from({ length: n }, (_, i) => scale * value(i));
    return { shape, seed, matrix: withSpectrum(values, seed) };
  });

/** What must hold of every result, converged or not. */
function expectHonest(operator: SyncOperator, matrix: Spectral, r: EigenResult): void {
  const slack = matrix.uncertainty + 1e-300;
  // Each product may leave its rounding in the factorisation that the residual is read from.
  const drift = slack + 4 * Number.EPSILON * r.matvecs * matrix.norm;
  for (const [i, v] of r.vectors.entries()) {
    const theta = r.values[i]!;
    const residual = trueResidual(operator, theta, v);
    expect(Math.abs(norm(v) - 1)).toBeLessThan(1e-12);
    expect(Math.abs(residual - r.residuals[i]!)).toBeLessThanOrEqual(drift);
    let nearest = Number.POSITIVE_INFINITY;
    for (const lambda of matrix.values) nearest = Math.min(nearest, Math.abs(lambda - theta));
    expect(nearest).toBeLessThanOrEqual(r.errorBounds[i]! + slack);
    if (i > 0) expect(r.values[i - 1]).toBeGreaterThanOrEqual(theta);
    for (let j = 0; j < i; j++) expect(Math.abs(dot(v, r.vectors[j]!))).toBeLessThan(1e-10);
  }
}

/** The k eigenvalues that were asked for. */
function wantedValues({ values, n }: Spectral, which: Which, k: number): number[] {
  const all = Array.from(values);
  if (which === "largest") return all.slice(0, k);
  if (which === "smallest") return all.slice(n - k);
  if (which === "both") {
    const top = Math.ceil(k / 2);
    return [...all.slice(0, top), ...all.slice(n - (k - top))];
  }
  return all
    .sort((a, b) => Math.abs(b) - Math.abs(a))
    .slice(0, k)
    .sort((a, b) => b - a);
}

const settings = fc.record({
  k: fc.integer({ min: 1, max: 4 }),
  which: fc.constantFrom<Which>("largest", "smallest", "both", "magnitude"),
  rtol: fc.constantFrom(1e-2, 1e-5, 1e-9),
  basisSize: fc.integer({ min: 6, max: 14 }),
});

describe("random operators", () => {
  it("lanczos: no violated bound, residual or interlacing inequality", () => {
    // As accurate as was asked for, or as the products are.
    let ended = 0;
    let total = 0;
    fc.assert(
      fc.property(spectrum, settings, ({ matrix, seed }, { k, ...rest }) => {
        const operator = denseOperator(matrix.rows);
        const wanted = Math.min(k, matrix.n);
        const basisSize = Math.max(rest.basisSize, wanted + 1);
        const r = lanczos({ ...rest, k: wanted, basisSize, seed, maxMatvecs: 400 })(operator);
        expectHonest(operator, matrix, r);
        total++;
        if (r.status === "converged" || r.status === "rounding") ended++;
        if (r.status !== "converged") return;
        expect(r.values.length).toBe(wanted);
        const truth = wantedValues(matrix, rest.which, wanted);
        const slack = matrix.uncertainty + 1e-14 * matrix.norm;
        for (let i = 0; i < wanted; i++) {
          if (rest.which === "largest") expect(r.values[i]! - truth[i]!).toBeLessThanOrEqual(slack);
          if (rest.which === "smallest")
            expect(truth[i]! - r.values[i]!).toBeLessThanOrEqual(slack);
        }
      }),
      { seed: 20, numRuns: LONG ? 10_000 : 2000 },
    );
    expect(total).toBeGreaterThanOrEqual(2000);
    expect(ended / total).toBeGreaterThan(0.97);
  });

  it("lanczos to full accuracy: the right eigenvalues, whatever their multiplicity", () => {
    fc.assert(
      fc.property(spectrum, settings, ({ matrix, seed, shape }, { k, which }) => {
        const wanted = Math.min(k, matrix.n);
        const r = lanczos({ k: wanted, which, rtol: 0, seed, maxMatvecs: 400 })(
          denseOperator(matrix.rows),
        );
        const truth = wantedValues(matrix, which, wanted);
        // Equal magnitudes of either sign are equally right answers.
        if (which === "magnitude" && shape === "repeated") return;
        for (let i = 0; i < wanted; i++) {
          const error = Math.abs(r.values[i]! - truth[i]!);
          expect(error).toBeLessThanOrEqual(r.errorBounds[i]! + matrix.uncertainty + 1e-300);
        }
      }),
      { seed: 21, numRuns: LONG ? 10_000 : 1000 },
    );
  });

  it.each(["blockLanczos", "lobpcg"] as const)("%s: no violated bound", (name) => {
    fc.assert(
      fc.property(spectrum, settings, ({ matrix, seed }, { k, rtol, which }) => {
        const operator = denseOperator(matrix.rows);
        const wanted = Math.min(k, matrix.n);
        const end = which === "smallest" ? "smallest" : "largest";
        const common = { k: wanted, rtol, which: end, seed, maxMatvecs: 300 } as const;
        const r = (name === "lobpcg" ? lobpcg(common) : blockLanczos({ ...common, blockSize: 2 }))(
          operator,
        );
        expectHonest(operator, matrix, r);
      }),
      { seed: 22, numRuns: LONG ? 10_000 : 300 },
    );
  });

  it("gap bounds hold wherever Lanczos has missed nothing inside the gap", () => {
    let holds = 0;
    fc.assert(
      fc.property(spectrum, settings, ({ matrix, seed }, { k, rtol }) => {
        const wanted = Math.min(k, matrix.n);
        const r = lanczos({ k: wanted, rtol, seed })(denseOperator(matrix.rows));
        for (let i = 0; i < wanted; i++) {
          const [residual, bound] = [r.residuals[i]!, r.gapBounds[i]!];
          if (!(bound < residual)) continue;
          const gap = residual ** 2 / bound;
          const distances = Array.from(matrix.values, (x) => Math.abs(x - r.values[i]!)).sort(
            (a, b) => a - b,
          );
          // A copy, or a neighbour closer than the tolerance: what the bound's assumption excludes.
          if (distances[1]! < gap) continue;
          holds++;
          expect(distances[0]).toBeLessThanOrEqual(bound + matrix.uncertainty);
        }
      }),
      { seed: 23, numRuns: 2000 },
    );
    expect(holds).toBeGreaterThan(300);
  });
});

describe("dense helpers on random matrices", () => {
  it("symmetricEigen: A·V = V·Λ, VᵀV = I, trace preserved", () => {
    fc.assert(
      fc.property(spectrum, ({ matrix }) => {
        const { values, vectors } = symmetricEigen(matrix.rows);
        const operator = denseOperator(matrix.rows);
        const slack = matrix.uncertainty + 1e-300;
        for (let i = 0; i < matrix.n; i++) {
          expect(Math.abs(values[i]! - matrix.values[i]!)).toBeLessThanOrEqual(2 * slack);
          expect(trueResidual(operator, values[i]!, vectors[i]!)).toBeLessThanOrEqual(2 * slack);
          expect(Math.abs(norm(vectors[i]!) - 1)).toBeLessThan(1e-13);
        }
      }),
      { seed: 24, numRuns: 1000 },
    );
  });

  it("cholesky and qr multiply back", () => {
    fc.assert(
      fc.property(spectrum, ({ matrix }) => {
        const { n, rows, norm: size } = matrix;
        const { q, r } = qr(rows);
        const shifted = rows.map((row, i) =>
          row.map((v, j) => v / (size || 1) + (i === j ? 2 : 0)),
        );
        const l = cholesky(shifted);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            const product = q[i]!.reduce((sum, value, k) => sum + value * r[k]![j]!, 0);
            expect(Math.abs(product - rows[i]![j]!)).toBeLessThanOrEqual(matrix.uncertainty);
            expect(Math.abs(dot(l[i]!, l[j]!) - shifted[i]![j]!)).toBeLessThan(1e-13);
            const columns = dot(
              q.map((row) => row[i]!),
              q.map((row) => row[j]!),
            );
            expect(Math.abs(columns - (i === j ? 1 : 0))).toBeLessThan(1e-13);
          }
        }
        const x = choleskySolve(
          l,
          shifted.map((row) => dot(row, shifted[0]!)),
        );
        for (let i = 0; i < n; i++) expect(x[i]).toBeCloseTo(shifted[0]![i]!, 11);
      }),
      { seed: 25, numRuns: LONG ? 10_000 : 300 },
    );
  });
});
