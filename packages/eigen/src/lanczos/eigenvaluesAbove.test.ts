import {
  createRandom,
  eigenvaluesAbove,
  float32,
  type LinearOperator,
  type SyncOperator,
  type ThresholdResult,
  type VectorSpace,
} from "@eoss/eigen";
import { describe, expect, it } from "vitest";
import { diagonalOperator, dot, norm } from "../matrices.fixture.js";

type Floats = Float64Array<ArrayBuffer>;

/** A random problem that is hard for a count: eigenvalues at every distance of the threshold. */
interface Problem {
  readonly label: string;
  /** Descending. */
  readonly spectrum: number[];
  readonly threshold: number;
  readonly settings: {
    readonly maxMatvecs: number;
    readonly rtol?: number;
    readonly basisSize?: number;
  };
  readonly single: boolean;
  /** The reflection H of the operator H·diag(spectrum)·H; absent: a diagonal operator. */
  readonly mirror?: Floats;
  readonly start?: Floats[];
}

function problem(seed: number): Problem {
  const random = createRandom(seed, 5);
  const one = <T>(list: readonly T[]): T => list[Math.floor(random.uniform() * list.length)]!;
  const n = one([1, 2, 3, 5, 10, 40, 100, 150]);
  const delta = 10 ** -Math.floor(1 + 14 * random.uniform());
  const scale = one([1, 1, 1, 1e-30, 1e30, 1e-3, 100]);
  const tau = one([10, -10, 0, 1, 0.3]);
  const c = Math.abs(tau) || 1;
  const m = Math.floor(random.uniform() * Math.min(n, 12));
  const shapes: Record<string, (u: number, i: number) => number> = {
    uniform: (u) => tau + c * (2 * u - 1.7),
    near: (u, i) => (i < m ? tau + c * delta * (2 * u - 1) : tau - c * (0.5 + u)),
    repeated: (u) => tau + (c * (Math.floor(u * 5) - 3.5)) / 3,
    outlier: (u, i) => (i === 0 ? tau - 100 * c : tau + c * (u - 0.9)),
    zero: (u, i) => (i < m ? tau + c * (u - 0.5) : 0),
    graded: (u) => tau + (u < 0.2 ? 1 : -1) * c * 10 ** (-14 * random.uniform()),
    identity: (_, i) => tau + c * (i < m ? delta : -delta),
    ladder: (u, i) => tau + c * (Math.floor(u * 4) - 2) * delta - (i < m ? 0 : c),
  };
  const shape = one(Object.keys(shapes));
  const spectrum = Array.from(
    { length: n },
    (_, i) => scale * shapes[shape]!(random.uniform(), i),
  ).sort((a, b) => b - a);
  const rtol = one([undefined, 0.5, 0.1, 1e-3, 1e-10, 0]);
  const basisSize = random.uniform() < 0.3 ? one([2, 5, 10, 30]) : undefined;
  const maxMatvecs = one([3000, 3000, 3000, 50, 7, 1]);
  const gaussian = () => Float64Array.from({ length: n }, () => random.normal());
  const axis = () => {
    const at = Math.floor(random.uniform() * n);
    return Float64Array.from({ length: n }, (_, i) => (i === at ? 1 : 0));
  };
  const start =
    random.uniform() < 0.25
      ? Array.from({ length: 1 + Math.floor(3 * random.uniform()) }, () =>
          random.uniform() < 0.5 ? axis() : gaussian(),
        )
      : undefined;
  const direction = gaussian();
  return {
    label: `seed ${seed}: ${shape}, n ${n}, delta ${delta}, threshold ${scale * tau}, rtol ${rtol}`,
    spectrum,
    threshold: scale * tau,
    settings: {
      maxMatvecs,
      ...(rtol !== undefined && { rtol }),
      ...(basisSize !== undefined && { basisSize }),
    },
    single: random.uniform() < 0.15,
    ...(random.uniform() < 0.4 && { mirror: direction.map((x) => x / norm(direction)) }),
    ...(start && { start }),
  };
}

function operatorOf({ spectrum, mirror }: Problem): SyncOperator<Floats> {
  if (!mirror) return diagonalOperator(spectrum) as SyncOperator<Floats>;
  const reflect = (x: ArrayLike<number>) => {
    const along = 2 * dot(mirror, x);
    return Float64Array.from(x, (value, i) => value - along * mirror[i]!);
  };
  return {
    n: spectrum.length,
    apply: (x, out) => out.set(reflect(reflect(x).map((value, i) => value * spectrum[i]!))),
  };
}

/** What must hold of every result, however it ended; the status, for counting. */
function examine(p: Problem, seed: number): string {
  const { spectrum, threshold, label } = p;
  const n = spectrum.length;
  const operator = operatorOf(p);
  const settings = { threshold, seed, ...p.settings };
  const solve = () =>
    p.single
      ? (eigenvaluesAbove({
          ...settings,
          space: float32() as unknown as VectorSpace<Float64Array>,
        })(
          operator as LinearOperator,
          p.start && { start: p.start.map((v) => Float32Array.from(v) as unknown as Float64Array) },
        ) as ThresholdResult<Float64Array>)
      : eigenvaluesAbove(settings)(operator, p.start && { start: p.start });
  const size = Math.max(...spectrum.map(Math.abs));
  // Smaller numbers have not the digits of single precision: an operator of which nothing else is
  // seen is refused.
  const isTiny = (value: number) => value !== 0 && Math.abs(value) < 1e-36;
  if (p.single && spectrum.some(isTiny)) {
    try {
      solve();
    } catch (error) {
      expect(String(error), label).toContain("out of the range of float32");
      return "refused";
    }
    expect(size, label).toBeGreaterThan(1e-37);
  }
  const r = solve();
  const epsilon = p.single ? 2 ** -24 : 2 ** -53;
  // What the operator of the test is itself wrong by.
  const slack = 8 * 2 ** -53 * size * (p.mirror ? Math.sqrt(n) + 4 : 1) + 1e-300;
  const above = (x: number) => spectrum.filter((value) => value > x).length;
  const [surely, perhaps] = [above(threshold + 4 * slack), above(threshold - 4 * slack)];

  expect(r.matvecs, label).toBeLessThanOrEqual(p.settings.maxMatvecs);
  if (r.status === "converged") {
    expect(r.values.length, label).toBeGreaterThanOrEqual(surely);
    expect(r.values.length, label).toBeLessThanOrEqual(perhaps);
    expect(r.undecided, label).toEqual([]);
  } else {
    expect(r.message, label).toBeTruthy();
  }
  if (r.status === "rounding" && !((r.remainder?.value ?? -Infinity) > threshold)) {
    expect(r.values.length, label).toBeGreaterThanOrEqual(surely);
    expect(r.values.length - r.undecided.length, label).toBeLessThanOrEqual(perhaps);
  }
  for (const [i, v] of r.vectors.entries()) {
    const theta = r.values[i]!;
    const product = new Float64Array(n);
    operator.apply(Float64Array.from(v), product);
    const residual = norm(product.map((value, j) => value - theta * v[j]!));
    const rounding = 64 * epsilon * size;
    expect(Math.abs(norm(v) - 1), label).toBeLessThanOrEqual(300 * epsilon);
    const arithmetic = r.errorBounds[i]! - r.residuals[i]!;
    expect(residual, label).toBeLessThanOrEqual(1.001 * r.residuals[i]! + slack);
    const nearest = Math.min(...spectrum.map((value) => Math.abs(value - theta)));
    expect(nearest, label).toBeLessThanOrEqual(r.errorBounds[i]! + slack);
    // The j-th largest value lies below the j-th largest eigenvalue: there are no ghosts.
    expect(theta - spectrum[i]!, label).toBeLessThanOrEqual(rounding + arithmetic + slack);
    for (const w of r.vectors.slice(0, i)) {
      expect(Math.abs(dot(v, w)), label).toBeLessThanOrEqual(1e3 * epsilon);
    }
  }
  if (r.remainder && r.values.length < n) {
    expect(spectrum[r.values.length], label).toBeLessThanOrEqual(r.remainder.value + slack);
  }
  return r.status;
}

describe("eigenvaluesAbove", () => {
  const runs = process.env.EOSS_LONG ? 10_000 : process.env.EOSS_FULL ? 120 : 40;
  it(`${runs} random operators: the count is right or marked, every number is one of A`, () => {
    const ends: Record<string, number> = {};
    for (let seed = 0; seed < runs; seed++) {
      const status = examine(problem(seed), seed);
      ends[status] = (ends[status] ?? 0) + 1;
    }
    // Half of the problems have a tiny budget or lie at rounding.
    expect(ends.converged! / runs, JSON.stringify(ends)).toBeGreaterThan(0.4);
  }, 1_800_000);

  it("counts eigenvalues around the threshold at every distance that arithmetic can tell", () => {
    for (let digits = 1; digits <= 12; digits++) {
      const random = createRandom(digits);
      const spectrum = Array.from({ length: 100 }, (_, i) =>
        i < 6 ? 10 * (1 + 10 ** -digits * (i - 2.5)) : 5 * random.uniform(),
      );
      const r = eigenvaluesAbove({ threshold: 10 })(diagonalOperator(spectrum));
      expect([digits, r.status, r.values.length]).toEqual([digits, "converged", 3]);
    }
  });

  it("names the pairs that lie at the threshold to rounding, and goes on past them", () => {
    const spectrum = [12, 11, 10, 10, 10, ...Array.from({ length: 50 }, (_, i) => i / 6)];
    const r = eigenvaluesAbove({ threshold: 10 })(diagonalOperator(spectrum));
    expect(r.status).toBe("rounding");
    expect(r.undecided).toEqual([2, 3, 4]);
    expect(r.message).toContain("3 of the eigenvalues are too near to the threshold");
    expect(r.remainder!.value).toBeGreaterThan(49 / 6);
    expect(r.remainder!.value).toBeLessThan(10);
  });

  it("finds every copy: the identity, and a third of all eigenvalues three times", () => {
    const ones = eigenvaluesAbove({ threshold: 0.5 })(diagonalOperator(new Array(120).fill(1)));
    expect([ones.status, ones.values.length]).toEqual(["converged", 120]);
    const spectrum = Array.from({ length: 90 }, (_, i) => Math.floor(i / 3));
    const r = eigenvaluesAbove({ threshold: 19.5 })(diagonalOperator(spectrum));
    expect([r.status, r.values.length]).toEqual(["converged", 30]);
  });

  it("says how often it may miss one, and does", () => {
    // A single eigenvalue above the threshold that hardly any short search sees.
    const spectrum = Array.from({ length: 120 }, (_, i) => (i === 0 ? 1.02 : 1 - i / 120));
    let missed = 0;
    const runs = 400;
    for (let seed = 0; seed < runs; seed++) {
      const find = eigenvaluesAbove({ threshold: 1.01, certify: 0.2, seed });
      const r = find(diagonalOperator(spectrum));
      expect(r.status).toBe("converged");
      if (r.values.length === 0) missed++;
    }
    // The first of all searches has 6/π² of the 0.2.
    const stated = (0.2 * 6) / Math.PI ** 2;
    expect(missed / runs).toBeLessThan(stated + 3 * Math.sqrt(stated / runs));
    expect(missed).toBeGreaterThan(0);
  });

  it("says so if it is not to verify", () => {
    const r = eigenvaluesAbove({ threshold: 0.5, verify: false })(diagonalOperator([1, 1, 0, 0]));
    expect(r.values.length).toBe(1);
    expect(r.message).toContain("not verified");
    expect(r.remainder).toBeUndefined();
  });
});
