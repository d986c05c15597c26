import { createRandom, float32, lanczos, lanczosWithCopies, type Which } from "@eoss/eigen";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diagonalOperator, dot } from "../matrices.fixture.js";

const RUNS = process.env.EOSS_LONG === "1" ? 10_000 : 150;

/** The wanted of known eigenvalues, descending, each as often as it occurs. */
function wanted(spectrum: readonly number[], k: number, which: Which): number[] {
  const down = [...spectrum].sort((a, b) => b - a);
  const top = which === "largest" ? k : which === "smallest" ? 0 : Math.ceil(k / 2);
  return [...down.slice(0, top), ...down.slice(down.length - (k - top))];
}

const cycle = Array.from({ length: 101 }, (_, i) => 2 - 2 * Math.cos((2 * Math.PI * i) / 101));
const torus = Array.from({ length: 15 }, (_, i) => cycle[i * 6]!).flatMap((a, _, all) =>
  all.map((b) => a + b),
);

describe("lanczosWithCopies", () => {
  it.each<[string, number[], number, Which]>([
    ["a cycle, the largest", cycle, 5, "largest"],
    ["a cycle, the smallest", cycle, 6, "smallest"],
    ["a torus", torus, 9, "largest"],
    ["a torus, both ends", torus, 10, "both"],
    ["six copies", [...new Array(6).fill(5), ...cycle], 6, "largest"],
    ["more copies than wanted", [...new Array(9).fill(5), ...cycle], 3, "largest"],
    ["the identity", new Array(60).fill(1), 4, "largest"],
    ["the zero operator", new Array(60).fill(0), 4, "smallest"],
    ["k = n", [3, 3, 1, 1], 4, "largest"],
  ])("%s", (_, spectrum, k, which) => {
    for (const seed of [0, 1, 2]) {
      const r = lanczosWithCopies({ k, which, seed })(diagonalOperator(spectrum));
      expect(r.status).toBe("converged");
      const truth = wanted(spectrum, k, which);
      for (const [i, value] of truth.entries()) expect(r.values[i]).toBeCloseTo(value, 5);
      for (const [i, v] of r.vectors.entries()) {
        for (const [j, u] of r.vectors.entries()) {
          expect(Math.abs(dot(u, v) - (i === j ? 1 : 0))).toBeLessThan(1e-10);
        }
      }
      expect(r.probability).toBeGreaterThanOrEqual(0.999);
      // What is left out lies in the window that is stated.
      const left = wanted(spectrum, spectrum.length, "largest").slice(k);
      const { lower, upper } = r.remainder ?? { lower: 0, upper: 0 };
      if (which === "largest" && k < spectrum.length) {
        expect(left[0]! - upper).toBeLessThanOrEqual(0);
        expect(upper - r.values.at(-1)!).toBeLessThanOrEqual(1e-5 * truth[0]!);
      }
      if (which === "smallest") {
        expect(wanted(spectrum, spectrum.length - k, "largest").at(-1)).toBeGreaterThanOrEqual(
          lower,
        );
      }
    }
  });

  it("finds what lanczos says that it may have missed", () => {
    const operator = diagonalOperator([...new Array(3).fill(5), ...cycle]);
    const plain = lanczos({ k: 3 })(operator);
    expect(plain.status).toBe("converged");
    expect(plain.message).toMatch(/lanczosWithCopies/);
    const all = lanczosWithCopies({ k: 3 })(operator);
    expect(Array.from(all.values)).toEqual([5, 5, 5].map((x) => expect.closeTo(x, 6)));
  });

  it("works in float32 and from a start", () => {
    const spectrum = [...new Array(4).fill(5), ...cycle];
    const start = new Float32Array(spectrum.length);
    start[20] = 1;
    const r = lanczosWithCopies({ k: 4, rtol: 1e-3, space: float32() })(
      {
        n: spectrum.length,
        apply: (x, out) => {
          for (let i = 0; i < x.length; i++) out[i] = spectrum[i]! * x[i]!;
        },
      },
      { start },
    );
    expect(r.status).toBe("converged");
    for (const value of r.values) expect(value).toBeCloseTo(5, 3);
  });

  it(`${RUNS} operators with copies: the wanted eigenvalues, as often as they occur`, () => {
    const problems = fc.record({
      n: fc.integer({ min: 12, max: 70 }),
      levels: fc.integer({ min: 2, max: 25 }),
      k: fc.integer({ min: 1, max: 7 }),
      which: fc.constantFrom<Which>("largest", "smallest", "both"),
      exponent: fc.integer({ min: -20, max: 20 }),
      seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    });
    let converged = 0;
    fc.assert(
      fc.property(problems, ({ n, levels, k, which, exponent, seed }) => {
        const random = createRandom(seed);
        const scale = 10 ** exponent;
        const level = Array.from({ length: levels }, () => scale * (2 * random.uniform() - 1));
        const spectrum = Array.from(
          { length: n },
          () => level[Math.floor(levels * random.uniform())]!,
        );
        const r = lanczosWithCopies({ k, which, seed, maxMatvecs: 3000, probability: 1 - 1e-6 })(
          diagonalOperator(spectrum),
        );
        if (r.status !== "converged") return;
        converged++;
        const tolerance = 1e-6 * Math.max(...spectrum.map(Math.abs));
        for (const [i, value] of wanted(spectrum, k, which).entries()) {
          expect(Math.abs(r.values[i]! - value)).toBeLessThanOrEqual(tolerance);
        }
      }),
      { seed: 51, numRuns: RUNS },
    );
    expect(converged / RUNS).toBeGreaterThan(0.95);
  }, 600_000);
});
