// Certificates of searches that restart: few vectors, the same probability.
import { float32, lanczos, track } from "@eoss/eigen";
import { describe, expect, it } from "vitest";
import { denseOperator, diagonalOperator, withSpectrum } from "../matrices.fixture.js";

const LONG = process.env.EOSS_LONG === "1";
const SEEDS = LONG ? 5000 : 300;
const SIZES = [2, 6, 8, 12];

/** Spectra at whose top a search ends soon, late, and with a large other end. */
const spectra: [string, number[]][] = [
  ["a gap of 0.3", Array.from({ length: 60 }, (_, i) => (i === 0 ? 1.3 : i / 60))],
  ["a gap of 0.02", Array.from({ length: 100 }, (_, i) => (i === 0 ? 1.02 : i / 100))],
  ["1/i", Array.from({ length: 60 }, (_, i) => 1 / (i + 1))],
  [
    "a larger negative end",
    Array.from({ length: 60 }, (_, i) => (i === 0 ? 1.3 : i / 60 - 5 * (i % 2))),
  ],
];

describe("certify, with a small basis", () => {
  it.each(spectra)("the probability stated holds: %s", (_, values) => {
    const operator = diagonalOperator(values);
    const top = Math.max(...values);
    const delta = 0.1;
    const sigma = Math.sqrt((delta * (1 - delta)) / SEEDS);
    for (const basisSize of SIZES.slice(1)) {
      let missed = 0;
      for (let seed = 0; seed < SEEDS; seed++) {
        const r = lanczos({ rtol: 0.05, certify: delta, seed, basisSize })(operator);
        expect(r.status).toBe("converged");
        expect(r.upperBound!.value - r.values[0]!).toBeLessThanOrEqual(0.05 * r.values[0]!);
        if (r.upperBound!.value < top) missed++;
      }
      expect(missed / SEEDS).toBeLessThan(delta + 3.5 * sigma);
      // A bound that never fails would be far too wide.
      expect(missed).toBeGreaterThan(0);
    }
  });

  it("keeps so many vectors at once, and finds what the whole basis finds", () => {
    const operator = diagonalOperator(spectra[1]![1]);
    const whole = track({ rtol: 0.002, seed: 5 })(operator);
    expect(whole.status).toBe("converged");
    for (const basisSize of SIZES) {
      const base = float32();
      let [live, most] = [0, 0];
      const up = <V>(x: V): V => {
        live++;
        most = Math.max(most, live);
        return x;
      };
      const { empty, assign, rotate, ...rest } = base;
      const space = {
        ...rest,
        random: (...a: Parameters<typeof base.random>) => up(base.random(...a)),
        copy: (x: Float32Array) => up(base.copy(x)),
        release: (x: Float32Array) => {
          live--;
          base.release(x);
        },
        rotate: (xs: readonly Float32Array[], rows: readonly ArrayLike<number>[], k: number) => {
          const made = Array.from({ length: k }, (_, j) => {
            const sum = new Float32Array(xs[0]!.length);
            for (const [i, x] of xs.entries())
              for (const [e, entry] of x.entries()) sum[e]! += rows[i]![j]! * entry;
            return up(sum);
          });
          live -= xs.length;
          return made;
        },
      };
      const r = track({ rtol: 0.002, seed: 5, basisSize, maxMatvecs: 5000, space })({
        n: operator.n,
        apply: (x: Float32Array) => up(x.map((entry, i) => entry * spectra[1]![1][i]!)),
      });
      expect(r.status).toBe("converged");
      expect(Math.abs(r.values[0]! - 1.02)).toBeLessThanOrEqual(0.002 * 1.02);
      expect(r.upperBound!.value).toBeGreaterThanOrEqual(1.02 - 1e-6);
      expect(r.upperBound!.value - r.values[0]!).toBeLessThanOrEqual(0.002 * r.values[0]!);
      expect(r.matvecs).toBeGreaterThan(whole.matvecs);
      // The basis, the next vector, a product, the start; and the kept ones while they are made.
      expect(most).toBeLessThanOrEqual(basisSize + 3 + Math.max(1, Math.floor(0.3 * basisSize)));
    }
  });

  it("holds at both ends at once", () => {
    const values = [2, 1.95, -1, ...Array.from({ length: 45 }, (_, i) => i / 45)];
    const dense = denseOperator(withSpectrum(values, 3).rows);
    let missed = 0;
    for (let seed = 0; seed < 200; seed++) {
      const settings = { which: "both", rtol: 0.02, certify: 0.01, basisSize: 8 } as const;
      const r = lanczos({ k: 2, seed, ...settings })(dense);
      expect(r.status).toBe("converged");
      if (r.upperBound!.value < 2 - 1e-12 || r.lowerBound!.value > -1 + 1e-12) missed++;
    }
    // 4 expected at most.
    expect(missed).toBeLessThanOrEqual(12);
  });

  it("ends, and says so, where rounding is larger than what is asked", () => {
    const values = spectra[0]![1];
    const settings = { rtol: 1e-9, certify: 0.01, basisSize: 8, space: float32() };
    const r = lanczos({ ...settings, maxMatvecs: 2000 })({
      n: values.length,
      apply(x, out) {
        for (const [i, a] of values.entries()) out[i] = a * x[i]!;
      },
    });
    expect(r.status).not.toBe("converged");
    expect(r.matvecs).toBeLessThan(500);
    expect(r.upperBound!.value).toBeGreaterThanOrEqual(1.3 - 1e-6);
  });

  it("refuses a basis without room", () => {
    expect(() => track({ basisSize: 1 })).toThrow(/basisSize must be at least 2/);
  });
});
