import {
  blockLanczos,
  createRandom,
  type EigenResult,
  lanczos,
  track,
  type Which,
} from "@eoss/eigen";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dot, norm } from "../matrices.fixture.js";

const RUNS = process.env.EOSS_LONG === "1" ? 10_000 : process.env.EOSS_FULL ? 250 : 80;

/**
 * Operators A = (I − 2hhᵀ)·D·(I − 2hhᵀ) with clusters of every width: gaps of 10⁻¹ to 10⁻¹⁴ of ‖A‖,
 * copies, an end of zeros, of any size. Large enough that a small basis restarts many times.
 */
const clustered = fc
  .record({
    n: fc.integer({ min: 20, max: 90 }),
    width: fc.integer({ min: 1, max: 15 }),
    members: fc.integer({ min: 1, max: 6 }),
    bulk: fc.constantFrom("uniform", "zeros", "both signs", "graded"),
    exponent: fc.integer({ min: -30, max: 30 }),
    seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  })
  .map(({ n, width, members, bulk, exponent, seed }) => {
    const random = createRandom(seed);
    const scale = 10 ** exponent;
    const at = (i: number): number => {
      const u = random.uniform();
      if (i < members) return 1 - 10 ** -width * u * (width < 15 ? 1 : 0);
      if (bulk === "zeros") return 0.8 * u * (i % 2);
      if (bulk === "both signs") return 1.6 * u - 0.8;
      return bulk === "graded" ? 0.8 * 10 ** (-10 * u) : 0.8 * u;
    };
    const values = Float64Array.from({ length: n }, (_, i) => scale * at(i));
    const h = Float64Array.from({ length: n }, () => random.normal());
    const length = norm(h);
    for (let i = 0; i < n; i++) h[i]! /= length;
    const apply = (x: Float64Array, out: Float64Array): void => {
      const along = 2 * dot(h, x);
      for (let i = 0; i < n; i++) out[i] = values[i]! * (x[i]! - along * h[i]!);
      const back = 2 * dot(h, out);
      for (let i = 0; i < n; i++) out[i]! -= back * h[i]!;
    };
    return { n, apply, seed, scale, spectrum: values.slice().sort().reverse() };
  });

type Operator = Parameters<Parameters<typeof clustered.map>[0]>[0];

/** No bound is violated, no residual understated, no value beyond what interlacing allows. */
function expectHonest(operator: Operator, r: EigenResult, which: Which): void {
  const { n, apply, scale, spectrum } = operator;
  // How well the eigenvalues of the operator are known: its arithmetic.
  const slack = 8 * Number.EPSILON * scale;
  // Each restart rounds the basis, and so the Rayleigh quotients; at rtol = 0 there are hundreds.
  const turned = 4 * slack + Number.EPSILON * r.matvecs * scale;
  for (const [i, v] of r.vectors.entries()) {
    const theta = r.values[i]!;
    const image = new Float64Array(n);
    apply(v, image);
    const residual = norm(image.map((y, p) => y - theta * v[p]!));
    expect(residual).toBeLessThanOrEqual(1.01 * r.residuals[i]! + 4 * slack);
    const nearest = Math.min(...Array.from(spectrum, (x) => Math.abs(x - theta)));
    expect(nearest).toBeLessThanOrEqual(r.errorBounds[i]! + slack);
    if (which === "largest") expect(theta - spectrum[i]!).toBeLessThanOrEqual(turned);
    if (which === "smallest") {
      expect(spectrum[n - r.values.length + i]! - theta).toBeLessThanOrEqual(turned);
    }
  }
}

const settings = fc.record({
  k: fc.integer({ min: 1, max: 6 }),
  which: fc.constantFrom<Which>("largest", "smallest", "both"),
  rtol: fc.constantFrom(1e-1, 1e-2, 1e-4, 1e-6, 1e-9, 1e-12, 0),
  extra: fc.integer({ min: 3, max: 14 }),
});

describe(`${RUNS} operators with clusters at every scale`, () => {
  it("lanczos", () => {
    const ends = new Map<string, number>();
    fc.assert(
      fc.property(clustered, settings, (operator, { k, which, rtol, extra }) => {
        const basisSize = Math.min(operator.n, 2 * k + extra);
        const shared = { k, which, rtol, basisSize, seed: operator.seed, maxMatvecs: 1500 };
        const r = lanczos(shared)(operator);
        ends.set(r.status, (ends.get(r.status) ?? 0) + 1);
        expectHonest(operator, r, which);
      }),
      { seed: 41, numRuns: RUNS },
    );
    expect(ends.get("converged")! / RUNS).toBeGreaterThan(0.6);
  }, 900_000);

  it("blockLanczos", () => {
    fc.assert(
      fc.property(clustered, settings, (operator, { k, which, rtol, extra }) => {
        const blockSize = 1 + (extra % 3);
        const basisSize = 2 * k + 2 * blockSize + extra;
        const shared = { k, which, rtol, blockSize, basisSize, seed: operator.seed };
        expectHonest(operator, blockLanczos({ ...shared, maxMatvecs: 900 })(operator), which);
      }),
      { seed: 42, numRuns: RUNS },
    );
  }, 900_000);

  it("track and certified searches: λmax within the bound as often as is said", () => {
    let missed = 0;
    fc.assert(
      fc.property(clustered, (operator) => {
        const first = track({ rtol: 0.01, certify: 0.01, seed: operator.seed })(operator);
        const next = track({ rtol: 0.01, certify: 0.01, seed: operator.seed })(operator, {
          previous: first,
        });
        for (const r of [first, next]) {
          expectHonest(operator, r, "largest");
          expect(r.status).toBe("converged");
          if (r.upperBound!.value < operator.spectrum[0]! * (1 - 1e-14)) missed++;
        }
      }),
      { seed: 43, numRuns: RUNS },
    );
    expect(missed).toBeLessThanOrEqual(0.011 * RUNS + 3.5 * Math.sqrt(0.011 * RUNS));
  }, 900_000);
});
