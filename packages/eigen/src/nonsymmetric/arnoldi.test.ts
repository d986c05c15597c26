import {
  type ArnoldiResult,
  type ArnoldiWhich,
  arnoldi,
  createRandom,
  float32,
  type SyncOperator,
} from "@eoss/eigen";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { denseOperator, diagonalOperator, dot, laplacian1d, norm } from "../matrices.fixture.js";

const LONG = process.env.EOSS_LONG === "1";

const filled = (n: number, entry: (i: number, j: number) => number): Float64Array[] =>
  Array.from({ length: n }, (_, i) => Float64Array.from({ length: n }, (__, j) => entry(i, j)));

/** ‖A·v − λ·v‖ in plain complex arithmetic. */
function residual(rows: Float64Array[], { values, vectors }: ArnoldiResult, i: number): number {
  const [a, b] = [values.re[i]!, values.im[i]!];
  const { re, im } = vectors[i]!;
  return Math.hypot(
    ...rows.flatMap((row, r) => [
      dot(row, re) - a * re[r]! + b * im[r]!,
      dot(row, im) - a * im[r]! - b * re[r]!,
    ]),
  );
}

/** What must hold of every result, converged or not. */
function expectHonest(rows: Float64Array[], r: ArnoldiResult, k: number): void {
  const size = Math.hypot(...rows.map((row) => norm(row)));
  const count = r.values.re.length;
  expect(r.values.im.length).toBe(count);
  expect(r.vectors.length).toBe(count);
  expect(count === k || count === k + 1 || r.status === "budget-spent").toBe(true);
  for (let i = 0; i < count; i++) {
    const { re, im } = r.vectors[i]!;
    expect(norm([...re, ...im])).toBeCloseTo(1, 12);
    const rounding = 1e-15 * (rows.length + 9) * size;
    expect(Math.abs(residual(rows, r, i) - r.residuals[i]!)).toBeLessThanOrEqual(rounding);
    expect(r.backwardErrors[i]).toBeGreaterThanOrEqual(r.residuals[i]!);
    if (r.values.im[i] === 0) expect(norm(im)).toBe(0);
    if (r.values.im[i]! > 0) {
      expect(r.values.im[i + 1]).toBe(-r.values.im[i]!);
      expect(r.values.re[i + 1]).toBe(r.values.re[i]);
      expect(r.vectors[i + 1]!.re).toEqual(re);
    }
  }
}

const wishes: Record<ArnoldiWhich, (re: number, im: number) => number> = {
  magnitude: (re, im) => Math.hypot(re, im),
  largest: (re) => re,
  smallest: (re) => -re,
  imaginary: (_, im) => Math.abs(im),
};
const ends = Object.keys(wishes) as ArnoldiWhich[];

/** An orthogonal matrix as a product of reflections, applied to both sides of D. */
function turned(d: Float64Array[], seed: number): Float64Array[] {
  const random = createRandom(seed, 9);
  const n = d.length;
  const a = d.map((row) => row.slice());
  for (let times = 0; times < 3; times++) {
    const v = Float64Array.from({ length: n }, () => random.normal());
    const weight = 2 / dot(v, v);
    for (const row of a) {
      const c = weight * dot(row, v);
      for (let j = 0; j < n; j++) row[j]! -= c * v[j]!;
    }
    for (let j = 0; j < n; j++) {
      const c = weight * a.reduce((sum, row, i) => sum + row[j]! * v[i]!, 0);
      for (let i = 0; i < n; i++) a[i]![j]! -= c * v[i]!;
    }
  }
  return a;
}

const cases = fc.record({
  n: fc.integer({ min: 1, max: 40 }),
  kind: fc.constantFrom(
    "normal",
    "ginibre",
    "triangular",
    "jordan",
    "symmetric",
    "markov",
    "sparse",
  ),
  k: fc.integer({ min: 1, max: 4 }),
  which: fc.constantFrom(...ends),
  rtol: fc.constantFrom(1e-3, 1e-6, 1e-10),
  room: fc.integer({ min: 12, max: 24 }),
  seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  exponent: fc.integer({ min: -30, max: 30 }),
});

describe("random operators", () => {
  it("true residuals, whole pairs, and of normal operators the wanted values", {
    timeout: 3_600_000,
  }, () => {
    const ended: Record<string, number> = {};
    let compared = 0;
    let missed = 0;
    fc.assert(
      fc.property(cases, ({ n, kind, k: asked, which, rtol, room, seed, exponent }) => {
        const k = Math.min(asked, n);
        const random = createRandom(seed);
        const scale = 10 ** exponent;
        const normal = () => scale * random.normal();
        const spectrum: [re: number, im: number][] = [];
        let rows = filled(n, () => 0);
        if (kind === "normal") {
          for (let i = 0; i < n; i++) {
            const [a, b] = [normal(), normal()];
            if (i + 1 < n && random.uniform() < 0.6) {
              rows[i]![i] = rows[i + 1]![i + 1] = a;
              rows[i]![i + 1] = b;
              rows[i + 1]![i] = -b;
              spectrum.push([a, Math.abs(b)], [a, -Math.abs(b)]);
              i++;
            } else {
              rows[i]![i] = a;
              spectrum.push([a, 0]);
            }
          }
          rows = turned(rows, seed);
        } else if (kind === "ginibre") rows = filled(n, normal);
        else if (kind === "triangular") rows = filled(n, (i, j) => (j < i ? 0 : normal()));
        else if (kind === "sparse")
          rows = filled(n, () => (random.uniform() < 2 / n ? normal() : 0));
        else if (kind === "jordan") {
          const value = normal();
          rows = turned(
            filled(n, (i, j) => (i === j ? value : j === i + 1 ? scale : 0)),
            seed,
          );
        } else if (kind === "symmetric") {
          rows = filled(n, normal);
          const other = rows;
          rows = filled(n, (i, j) => other[i]![j]! + other[j]![i]!);
        } else {
          rows = filled(n, () => scale * random.uniform() ** 4);
          for (const row of rows) {
            const total = row.reduce((sum, v) => sum + v, 0) / scale;
            for (let j = 0; j < n; j++) row[j]! /= total;
          }
        }
        const settings = { k, which, rtol, basisSize: k + room, seed, maxMatvecs: 300 } as const;
        const r = arnoldi(settings)(denseOperator(rows));
        ended[r.status] = (ended[r.status] ?? 0) + 1;
        expectHonest(rows, r, k);
        expect(r.matvecs).toBeLessThanOrEqual(300);
        if (kind === "markov" && which === "magnitude" && r.status === "converged" && rtol < 1e-5) {
          expect(Math.abs(r.values.re[0]! / scale - 1)).toBeLessThan(1e-4);
        }
        if (kind !== "normal") return;
        const size = Math.max(...spectrum.map(([re, im]) => Math.hypot(re, im)));
        for (let i = 0; i < r.values.re.length; i++) {
          const distances = spectrum.map(([a, b]) =>
            Math.hypot(a - r.values.re[i]!, b - r.values.im[i]!),
          );
          expect(Math.min(...distances)).toBeLessThanOrEqual(r.backwardErrors[i]! + 1e-14 * size);
        }
        if (r.status !== "converged" || rtol > 1e-9) return;
        compared++;
        const wish = wishes[which];
        const best = spectrum.map(([re, im]) => wish(re, im)).sort((a, b) => b - a);
        const far = best.slice(0, k).some((value, i) => {
          const got = wish(r.values.re[i]!, r.values.im[i]!);
          return Math.abs(got - value) > r.backwardErrors[i]! + 1e-13 * size;
        });
        // Restarts can lose an eigenvalue: rarely, or something is wrong.
        if (far && n > k + room) missed++;
        else expect(far).toBe(false);
      }),
      { seed: 5, numRuns: LONG ? 12_000 : 120 },
    );
    if (LONG) console.log(ended, compared, missed);
    expect(ended.converged).toBeGreaterThan(LONG ? 9000 : 90);
    expect(missed).toBeLessThanOrEqual(0.01 * compared);
    expect(compared).toBeGreaterThan(LONG ? 300 : 2);
  });
});

describe("known spectra", () => {
  it("against numpy.linalg.eigvals", () => {
    const n = 30;
    const rows = filled(
      n,
      (i, j) => ((7 * i + 3 * j * j + i * j) % 11) - 5 + (i === j ? (i % 5) - 2 : 0),
    );
    const expected: [ArnoldiWhich, [number, number][]][] = [
      [
        "magnitude",
        [
          [35.40364525910359, 0],
          [-32.05260539611885, 0],
          [-18.93443171949795, 17.711813875025364],
          [-18.93443171949795, -17.711813875025364],
          [-18.684998405211473, 0],
        ],
      ],
      [
        "largest",
        [
          [35.40364525910359, 0],
          [5.141897515277664, 10.314441462976509],
          [5.141897515277664, -10.314441462976509],
        ],
      ],
      [
        "smallest",
        [
          [-32.05260539611885, 0],
          [-18.93443171949795, 17.711813875025364],
          [-18.93443171949795, -17.711813875025364],
        ],
      ],
      [
        "imaginary",
        [
          [-18.93443171949795, 17.711813875025364],
          [-18.93443171949795, -17.711813875025364],
          [5.141897515277664, 10.314441462976509],
          [5.141897515277664, -10.314441462976509],
        ],
      ],
    ];
    for (const [which, values] of expected) {
      const r = arnoldi({ k: values.length, which, rtol: 1e-12, basisSize: 12 + values.length })(
        denseOperator(rows),
      );
      expect(r.status).toBe("converged");
      for (const [i, [re, im]] of values.entries()) {
        expect(r.values.re[i]).toBeCloseTo(re, 9);
        expect(r.values.im[i]).toBeCloseTo(im, 9);
      }
      expectHonest(rows, r, values.length);
    }
  });

  it("convection–diffusion: 2 − 2√(1 − c²)·cos, real though far from symmetric", () => {
    const [n, c] = [60, 0.3];
    const operator: SyncOperator = {
      n,
      apply(x, out) {
        for (let i = 0; i < n; i++) {
          out[i] = 2 * x[i]! - (1 + c) * (x[i - 1] ?? 0) - (1 - c) * (x[i + 1] ?? 0);
        }
      },
    };
    const r = arnoldi({ k: 2, which: "largest", rtol: 1e-12, basisSize: 60 })(operator);
    // cond of the eigenvectors is (1.3/0.7)^30: 1e8 times the residual.
    for (const j of [0, 1]) {
      const exact = 2 + 2 * Math.sqrt(1 - c * c) * Math.cos(((j + 1) * Math.PI) / (n + 1));
      expect(Math.abs(r.values.re[j]! - exact)).toBeLessThan(1e-5);
    }
    expect(r.backwardErrors[0]).toBeLessThan(1e-12);
  });

  it("a directed ring: roots of one", () => {
    const n = 50;
    const ring: SyncOperator = { n, apply: (x) => x.map((_, i) => x[(i + 1) % n]!) };
    const r = arnoldi({ k: 3, which: "largest", rtol: 1e-9 })(ring);
    expect(r.status).toBe("converged");
    for (const [i, j] of [0, 1, -1].entries()) {
      expect(r.values.re[i]).toBeCloseTo(Math.cos((2 * Math.PI * j) / n), 8);
      expect(r.values.im[i]).toBeCloseTo(Math.sin((2 * Math.PI * j) / n), 8);
    }
  });

  it("PageRank of a small web: eigenvalue 1, the second at most the damping", () => {
    const n = 300;
    const random = createRandom(2);
    const links = Array.from({ length: n }, () =>
      Array.from({ length: 1 + Math.floor(4 * random.uniform()) }, () =>
        Math.floor(n * random.uniform()),
      ),
    );
    const google: SyncOperator = {
      n,
      apply(x, out) {
        out.fill((0.15 / n) * x.reduce((sum, v) => sum + v, 0));
        for (const [i, to] of links.entries())
          for (const j of to) out[j]! += (0.85 * x[i]!) / to.length;
      },
    };
    const r = arnoldi({ k: 3, rtol: 1e-10 })(google);
    expect(r.status).toBe("converged");
    expect(r.values.re[0]).toBeCloseTo(1, 10);
    expect(Math.hypot(r.values.re[1]!, r.values.im[1]!)).toBeLessThanOrEqual(0.85 + 1e-9);
    const rank = r.vectors[0]!.re;
    expect(rank.every((v) => v * rank[0]! > 0)).toBe(true);
    expect(r.matvecs).toBeLessThan(90);
  });

  it("symmetric operators as well", () => {
    const r = arnoldi({ k: 3, which: "largest", rtol: 1e-10 })(laplacian1d(80));
    expect(r.status).toBe("converged");
    for (let i = 0; i < 3; i++) {
      expect(r.values.re[i]).toBeCloseTo(2 - 2 * Math.cos(((80 - i) * Math.PI) / 81), 9);
      expect(r.values.im[i]).toBe(0);
    }
  });
});

describe("what is hard", () => {
  it("identity, zero, repeated values: the right number of each", () => {
    for (const c of [2, 0]) {
      const r = arnoldi({ k: 3 })(diagonalOperator(new Float64Array(500).fill(c)));
      expect(r.status).toBe("converged");
      expect(Array.from(r.values.re)).toEqual([c, c, c]);
      expect(r.matvecs).toBeLessThan(12);
    }
    const d = Float64Array.from({ length: 40 }, (_, i) => (i < 3 ? 5 : Math.sin(i)));
    const r = arnoldi({ k: 4, which: "largest", rtol: 1e-9, basisSize: 40 })(diagonalOperator(d));
    const sorted = d.slice().sort().reverse();
    for (let i = 0; i < 4; i++) expect(r.values.re[i]).toBeCloseTo(sorted[i]!, 8);
  });

  it("a Jordan block: eigenvalues within its pseudospectrum, and said to be", () => {
    const n = 12;
    const rows = filled(n, (i, j) => (i === j ? 2 : j === i + 1 ? 1 : 0));
    const r = arnoldi({ k: 1, rtol: 1e-12 })(denseOperator(rows));
    expect(r.status).toBe("converged");
    expect(r.backwardErrors[0]).toBeLessThan(1e-12);
    const error = Math.hypot(r.values.re[0]! - 2, r.values.im[0]!);
    expect(error).toBeGreaterThan(1e-3);
    expect(error).toBeLessThan(0.3);
  });

  it("a pair is not split: k = 1 gives two values", () => {
    const r = arnoldi({ k: 1 })({ n: 2, apply: (x) => Float64Array.of(-x[1]!, x[0]!) });
    expect(Array.from(r.values.re)).toEqual([0, 0]);
    expect(Array.from(r.values.im)).toEqual([1, -1]);
  });

  it("started on an eigenvector of another eigenvalue", () => {
    const d = Float64Array.from({ length: 60 }, (_, i) => i);
    const start = new Float64Array(60);
    start[3] = 1;
    const r = arnoldi({ k: 1, rtol: 1e-9 })(diagonalOperator(d), { start });
    expect(r.status).toBe("converged");
    expect(r.values.re[0]).toBeCloseTo(59, 7);
  });

  it("a warm start costs less", () => {
    const rows = filled(80, (i, j) => Math.sin(3 * i + j * j) + (i === j ? i / 8 : 0));
    const solver = arnoldi({ k: 1, which: "largest", rtol: 1e-8 });
    const first = solver(denseOperator(rows));
    const { re, im } = first.vectors[0]!;
    const start = first.values.im[0] === 0 ? re : [re, im];
    const again = solver(denseOperator(rows), { start });
    expect(again.status).toBe("converged");
    expect(again.values.re[0]).toBeCloseTo(first.values.re[0]!, 6);
    expect(again.matvecs).toBeLessThan(first.matvecs);
  });

  it("float32 and promises", async () => {
    const n = 60;
    const apply = (x: Float32Array) => x.map((v, i) => (i + 1) * v + (x[i + 1] ?? 0));
    const r = arnoldi({ k: 2, rtol: 1e-4, space: float32() })({ n, apply });
    expect(r.status).toBe("converged");
    const later = await arnoldi({ k: 2, rtol: 1e-4, space: float32() })({
      n,
      apply: async (x) => apply(x),
    });
    expect(later.values).toEqual(r.values);
  });

  it("says where it stopped, and refuses what it cannot read", () => {
    const operator = laplacian1d(400);
    const spent = arnoldi({ k: 2, rtol: 1e-12, maxMatvecs: 30, history: true })(operator);
    expect(spent.status).toBe("budget-spent");
    expect(spent.matvecs).toBeLessThanOrEqual(30);
    expect(spent.message).toMatch(/maxMatvecs/);
    expect(spent.history!.at(-1)!.matvecs).toBeLessThanOrEqual(30);
    expect(arnoldi({ rtol: 0, which: "largest" })(laplacian1d(40)).status).toBe("rounding");
    const random = createRandom(1);
    const ginibre = filled(40, () => random.normal());
    expect(arnoldi({ k: 3, rtol: 0 })(denseOperator(ginibre)).status).toBe("rounding");
    const controller = new AbortController();
    controller.abort();
    expect(arnoldi({ signal: controller.signal })(operator).status).toBe("aborted");
    expect(() => arnoldi({ which: "both" as "largest" })).toThrow(/which must be one of/);
    expect(() => arnoldi({ k: 2, maxMatvecs: 3 })).toThrow(/maxMatvecs/);
    expect(() => arnoldi({ k: 9 })(laplacian1d(4))).toThrow(/k = 9/);
    expect(() => arnoldi()({ n: 3, apply: () => new Float64Array([1, Number.NaN, 1]) })).toThrow(
      /NaN/,
    );
  });
});
