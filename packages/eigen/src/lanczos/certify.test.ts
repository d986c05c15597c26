import { float32, lanczos, symmetricEigen, type TrackResult, track } from "@eoss/eigen";
import { describe, expect, it } from "vitest";
import { diagonalOperator, withSpectrum } from "../matrices.fixture.js";

const LONG = process.env.EOSS_LONG === "1";
const SEEDS = LONG ? 20_000 : 2000;

/** Spectra at whose top a search ends soon, late, and with a large other end. */
const spectra: [string, number[]][] = [
  ["a gap of 0.3", Array.from({ length: 60 }, (_, i) => (i === 0 ? 1.3 : i / 60))],
  ["a gap of 0.1", Array.from({ length: 100 }, (_, i) => (i === 0 ? 1.1 : i / 100))],
  ["1/i", Array.from({ length: 60 }, (_, i) => 1 / (i + 1))],
  [
    "a larger negative end",
    Array.from({ length: 60 }, (_, i) => (i === 0 ? 1.3 : i / 60 - 5 * (i % 2))),
  ],
];

describe("certify: the probability stated is the probability seen", () => {
  it.each(spectra)("%s", (_, values) => {
    const operator = diagonalOperator(values);
    const top = Math.max(...values);
    for (const delta of [0.3, 0.1]) {
      let missed = 0;
      for (let seed = 0; seed < SEEDS; seed++) {
        const r = lanczos({ rtol: 0.05, certify: delta, seed })(operator);
        expect(r.status).toBe("converged");
        expect(r.upperBound!.value - r.values[0]!).toBeLessThanOrEqual(0.05 * r.values[0]!);
        if (r.upperBound!.value < top) missed++;
      }
      // The bound is sharp: a constant that is wrong by a quarter shows on either side.
      const sigma = Math.sqrt((delta * (1 - delta)) / SEEDS);
      expect(Math.abs(missed / SEEDS - delta)).toBeLessThan(3.5 * sigma);
    }
  });

  it("holds for both ends at once, and in float32 beside rounding", () => {
    const matrix = withSpectrum([2, 1.9, -1, ...Array.from({ length: 12 }, (_, i) => i / 12)], 3);
    const rows = matrix.rows.map((row) => Float32Array.from(row));
    const truth = symmetricEigen(rows.map((row) => Float64Array.from(row))).values;
    let missed = 0;
    for (let seed = 0; seed < 300; seed++) {
      const r = lanczos({ k: 2, which: "both", rtol: 0.02, certify: 0.01, seed, space: float32() })(
        {
          n: rows.length,
          apply(x, out) {
            for (const [i, row] of rows.entries()) {
              let sum = 0;
              for (const [j, entry] of row.entries())
                sum = Math.fround(sum + Math.fround(entry * x[j]!));
              out[i] = sum;
            }
          },
        },
      );
      expect(r.status).toBe("converged");
      if (r.upperBound!.value < truth[0]! || r.lowerBound!.value > truth.at(-1)!) missed++;
    }
    // 6 expected at most.
    expect(missed).toBeLessThanOrEqual(15);
  });

  it("knows the whole spectrum once the space is exhausted", () => {
    const r = lanczos({ rtol: 1e-12, certify: 1e-9 })(diagonalOperator([3, 1, 1, 1, 1]));
    expect(r.status).toBe("converged");
    expect(r.upperBound!.value).toBeCloseTo(3, 12);
  });
});

describe("track", () => {
  /** Two eigenvalues that cross, above a tail, in directions that turn slowly. */
  const at = (t: number) => {
    const n = 120;
    const angle = 0.02 * t;
    return {
      n,
      top: Math.max(2 + 0.02 * t, 2.6 - 0.01 * t),
      apply(x: Float64Array, out: Float64Array) {
        for (let i = 0; i < n; i++) out[i] = (1.5 * x[i]! * (i + 1)) / n;
        const planes = [2 + 0.02 * t, 2.6 - 0.01 * t];
        for (const [p, value] of planes.entries()) {
          const [a, b] = [4 * p, 4 * p + 2];
          const along = Math.cos(angle) * x[a]! + Math.sin(angle) * x[b]!;
          const tail = (i: number) => (1.5 * (i + 1)) / n;
          const cross = Math.cos(angle) * tail(a) * x[a]! + Math.sin(angle) * tail(b) * x[b]!;
          const mean = Math.cos(angle) ** 2 * tail(a) + Math.sin(angle) ** 2 * tail(b);
          // u is made an eigenvector: A ← (I − uuᵀ)·A·(I − uuᵀ) + value·uuᵀ
          for (const [i, u] of [
            [a, Math.cos(angle)],
            [b, Math.sin(angle)],
          ] as const) {
            out[i]! += u * (value + mean) * along - u * cross - tail(i) * u * along;
          }
        }
      },
    };
  };

  it("follows the top eigenvalue through a crossing, within its bounds", () => {
    for (const seed of [0, 1, 2, 3, 4]) {
      const follow = track({ rtol: 0.01, seed });
      let previous: TrackResult<Float64Array> | undefined;
      for (let t = 0; t <= 40; t++) {
        const operator = at(t);
        previous = follow(operator, previous && { previous });
        expect(previous.status).toBe("converged");
        expect(previous.searches).toBe(t + 1);
        expect(previous.values[0]!).toBeLessThanOrEqual(operator.top + 1e-12);
        expect(previous.upperBound!.value).toBeGreaterThanOrEqual(operator.top - 1e-12);
        expect(previous.upperBound!.probability).toBe(t === 0 ? 0.999 : 0.99);
      }
    }
  });

  it("is calibrated for the worst old vector: an eigenvector of another eigenvalue", () => {
    const values = Array.from({ length: 80 }, (_, i) => (i === 0 ? 1.3 : 1 - i / 80));
    const operator = diagonalOperator(values);
    const wrong = new Float64Array(80);
    wrong[1] = 1;
    let missed = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const r = track({ rtol: 0.05, certify: 0.1, seed })(operator, {
        previous: { vectors: [wrong], searches: 3 },
      });
      if (r.upperBound!.value < 1.3) missed++;
    }
    expect(missed / SEEDS).toBeLessThan(0.1 + 3.5 * Math.sqrt(0.09 / SEEDS));
  });

  it("refuses what it does not know", () => {
    expect(() => track({ which: "smallest" } as object)).toThrow(/which/);
    expect(() => track({ certify: 0 })).toThrow(/certify/);
    expect(() => track()(diagonalOperator([1, 2]), { start: [] } as object)).toThrow(/start/);
  });
});
