import {
  chebyshevSubspace,
  createRandom,
  type EigenError,
  type EigenResult,
  float32,
  lobpcg,
  powerIteration,
  type Solver,
  type SyncOperator,
} from "@eoss/eigen";
import { describe, expect, it } from "vitest";
import { diagonalOperator, norm, trueResidual } from "../matrices.fixture.js";

type End = "largest" | "smallest";
const solvers: [
  string,
  (s: { k: number; which: End; rtol?: number; seed?: number }) => Solver<Float64Array>,
][] = [
  ["lobpcg", (settings) => lobpcg(settings)],
  ["chebyshevSubspace", (settings) => chebyshevSubspace(settings)],
  ["powerIteration", (settings) => powerIteration({ ...settings, k: 1 })],
];
const axis = (n: number, at: number) => Float64Array.from({ length: n }, (_, i) => +(i === at));

describe.each(solvers)("%s started on eigenvectors of other eigenvalues", (name, build) => {
  const runs = process.env.EOSS_LONG ? 10_000 : process.env.EOSS_FULL ? 120 : 40;
  it(`${runs} random starts: the wanted pairs, or marked`, () => {
    let converged = 0;
    for (let seed = 0; seed < runs; seed++) {
      const random = createRandom(seed, 9);
      const one = <T>(list: readonly T[]): T => list[Math.floor(random.uniform() * list.length)]!;
      const n = one([2, 3, 8, 30, 60]);
      const shape = one([
        (i: number) => i + 1,
        () => Math.floor(3 * random.uniform()) - 1,
        () => 2 * random.uniform() - 1,
        () => Math.floor(3 * random.uniform()) + 1e-7 * random.uniform(),
      ]);
      const d = Array.from({ length: n }, (_, i) => shape(i)).sort((a, b) => b - a);
      const k = name === "powerIteration" ? 1 : Math.min(n, one([1, 1, 2, 3]));
      const which = one<End>(["largest", "smallest"]);
      const rtol = one([1e-2, 1e-6, 1e-9]);
      const start = Array.from({ length: one([1, 2, 3]) }, () => {
        const noise = one([0, 1e-8]);
        return axis(n, Math.floor(random.uniform() * n)).map((x) => x + noise * random.normal());
      });
      const solve = build({ k, which, rtol, seed });
      let r: EigenResult;
      try {
        r = solve(diagonalOperator(d), { start });
      } catch (error) {
        expect((error as Error).message).toBe("the start vectors cancel");
        continue;
      }
      const label = `seed ${seed}, n ${n}, k ${k}, ${which}, rtol ${rtol}`;
      for (const [i, v] of r.vectors.entries()) {
        const residual = trueResidual(diagonalOperator(d), r.values[i]!, v);
        expect(residual, label).toBeLessThanOrEqual(1.001 * r.residuals[i]! + 1e-13 * n);
      }
      if (r.status !== "converged") {
        expect(r.message, label).toBeTruthy();
        continue;
      }
      converged++;
      const wanted = which === "largest" ? d.slice(0, k) : d.slice(n - k);
      const size = Math.max(...d.map(Math.abs));
      for (const [i, value] of wanted.entries()) {
        const error = Math.abs(value - r.values[i]!);
        expect(error, label).toBeLessThanOrEqual(r.errorBounds[i]! + 3 * rtol * size);
      }
    }
    expect(converged).toBeGreaterThan(runs / 2);
  }, 1_800_000);
});

describe("float32: converged is what was asked for", () => {
  it.each(["lobpcg", "chebyshevSubspace", "powerIteration"])("%s", (name) => {
    const n = 200;
    const d = Float64Array.from({ length: n }, (_, i) => 10 ** ((-6 * i) / n));
    const operator: SyncOperator<Float32Array> = {
      n,
      apply(x, out) {
        for (let i = 0; i < n; i++) out[i] = d[i]! * x[i]!;
      },
    };
    for (const rtol of [1e-3, 1e-5, 1e-7, 1e-9]) {
      for (const which of ["largest", "smallest"] as const) {
        const settings = { which, rtol, maxMatvecs: 2000, space: float32() };
        const solve = {
          lobpcg: () => lobpcg(settings)(operator),
          chebyshevSubspace: () => chebyshevSubspace(settings)(operator),
          powerIteration: () => powerIteration(settings)(operator),
        }[name]!;
        const r: EigenResult<Float32Array> = solve();
        const theta = r.values[0]!;
        const residual = norm(Float64Array.from(r.vectors[0]!, (v, i) => (d[i]! - theta) * v));
        const least = (2 ** -24) ** (2 / 3);
        expect(residual).toBeLessThanOrEqual(1.05 * r.residuals[0]! + 2e-7);
        if (r.status !== "converged") continue;
        expect(r.residuals[0]).toBeLessThanOrEqual(rtol * Math.max(Math.abs(theta), least));
        const wanted = which === "largest" ? d[0]! : d[n - 1]!;
        expect(Math.abs(theta - wanted)).toBeLessThanOrEqual(r.errorBounds[0]!);
      }
    }
  });
});

describe("lobpcg with constraints", () => {
  const n = 50;
  const operator = diagonalOperator(Float64Array.from({ length: n }, (_, i) => i + 1));

  it("tells A from the compression that it solves", () => {
    const ones = new Float64Array(n).fill(1);
    const r = lobpcg({ k: 2 })(operator, { constraints: [ones] });
    expect(r.status).toBe("converged");
    for (const [i, v] of r.vectors.entries()) {
      const theta = r.values[i]!;
      const whole = trueResidual(operator, theta, v);
      const out = new Float64Array(n);
      operator.apply(v, out);
      const mean = out.reduce((sum, x) => sum + x, 0) / n;
      const inside = norm(out.map((x, j) => x - mean - theta * v[j]!));
      expect(r.residuals[i]).toBeCloseTo(whole, 9);
      expect(whole).toBeGreaterThan(1);
      expect(r.compressed!.residuals[i]).toBeCloseTo(inside, 9);
      expect(r.compressed!.residuals[i]).toBeLessThanOrEqual(1e-6 * theta);
      const nearest = Math.abs(theta - Math.round(theta));
      expect(nearest).toBeLessThanOrEqual(r.errorBounds[i]!);
      expect(r.gapBounds[i]).toBe(Infinity);
    }
    expect(lobpcg({ k: 2 })(operator).compressed).toBeUndefined();
  });

  it.each<[string, Float64Array[], EigenError["code"]]>([
    ["zero", [new Float64Array(n)], "bad-setting"],
    ["dependent", [axis(n, 1), axis(n, 1).map((x) => 2 * x)], "bad-setting"],
    ["of another size", [axis(n + 1, 1)], "size-mismatch"],
    [
      "as many as there are dimensions",
      Array.from({ length: n }, (_, i) => axis(n, i)),
      "bad-setting",
    ],
    ["NaN", [axis(n, 1).map(() => Number.NaN)], "not-finite"],
  ])("refuses constraints that are %s", (_, constraints, code) => {
    expect(() => lobpcg()(operator, { constraints })).toThrow(expect.objectContaining({ code }));
  });
});

it("powerIteration finds one pair and refuses to find more", () => {
  expect(() => powerIteration({ k: 2 as unknown as 1 })).toThrow("powerIteration finds one pair");
});

it("chebyshevSubspace refuses an interval that is none", () => {
  const solve = chebyshevSubspace();
  for (const interval of [
    [1, 0],
    [Number.NaN, 1],
  ] as [number, number][]) {
    expect(() => solve(diagonalOperator([1, 2, 3, 4, 5, 6]), { interval })).toThrow("interval");
  }
});
