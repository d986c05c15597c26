import {
  applyFunction,
  conditionNumber,
  createRandom,
  float32,
  oneNorm,
  type SyncOperator,
  spectralNorm,
  symmetricEigen,
} from "@eoss/eigen";
import { describe, expect, it } from "vitest";
import { denseOperator, diagonalOperator, dot, norm, withSpectrum } from "../matrices.fixture.js";

/** Random operators for all functions together, and for the bounds of norm and condition. */
const CASES = process.env.EOSS_LONG ? 10_000 : 540;

/** Spectra of many kinds: graded, clustered, repeated, with gaps, singular, indefinite. */
function randomSpectrum(seed: number): { shape: string; values: number[] } {
  const random = createRandom(seed, 40);
  const n = 1 + Math.floor(60 * random.uniform() ** 2);
  const decades = 9 * random.uniform();
  const shapes: Record<string, (i: number) => number> = {
    uniform: () => 0.05 + random.uniform(),
    graded: (i) => 10 ** ((-decades * i) / n),
    clustered: () => 1 + Math.floor(4 * random.uniform()) + 10 ** -decades * random.uniform(),
    repeated: () => 1 + Math.floor(3 * random.uniform()),
    "gap below": (i) => (i < 2 ? 10 ** -decades : 1 + random.uniform()),
    "gap above": (i) => (i < 2 ? 10 ** decades : 1 + random.uniform()),
    indefinite: () => random.normal(),
    singular: (i) => (i % 3 === 0 ? 0 : random.uniform()),
  };
  const names = Object.keys(shapes);
  const shape = names[seed % names.length]!;
  return { shape, values: Array.from({ length: n }, (_, i) => shapes[shape]!(i)) };
}

const anywhere = () => true;
const functions: {
  name: string;
  f: (x: number) => number;
  derivatives?: "alternating" | "equal";
  domain: (least: number, most: number) => boolean;
  /** Polynomials do not follow it: that it converges is not expected. */
  isRough?: boolean;
}[] = [
  { name: "exp", f: Math.exp, domain: (_, most) => most < 30 },
  { name: "log", f: Math.log, domain: (least) => least > 0 },
  { name: "√x", f: Math.sqrt, domain: (least) => least > 0 },
  { name: "1/√x", f: (x) => 1 / Math.sqrt(x), derivatives: "alternating", domain: (l) => l > 0 },
  { name: "1/x", f: (x) => 1 / x, derivatives: "alternating", domain: (l) => l > 0 },
  { name: "1/x, nothing said", f: (x) => 1 / x, domain: (least) => least > 0 },
  { name: "cos", f: Math.cos, domain: anywhere },
  { name: "|x − 1.3|", f: (x) => Math.abs(x - 1.3), domain: anywhere, isRough: true },
  { name: "∛x", f: Math.cbrt, domain: anywhere, isRough: true },
  { name: "x³", f: (x) => x ** 3, domain: anywhere },
];

describe("applyFunction", () => {
  it.each(functions)(
    "never exceeds its error: $name",
    ({ name, f, derivatives, domain, isRough }) => {
      let converged = 0;
      let tried = 0;
      for (let seed = 0; tried < CASES / functions.length; seed++) {
        const { shape, values } = randomSpectrum(seed);
        const least = Math.min(...values);
        const most = Math.max(...values);
        if (!domain(least, most)) continue;
        tried++;
        const random = createRandom(seed, 41);
        const rtol = 10 ** (-1 - 9 * random.uniform());
        const basisSize = random.uniform() < 0.5 ? 100 : 1 + Math.floor(20 * random.uniform());
        const ends = random.uniform() < 0.5 ? { lowerEnd: least, upperEnd: most } : {};
        const b = Float64Array.from(values, () => random.normal() * 10 ** (-4 * random.uniform()));
        const solver = applyFunction(f, {
          rtol,
          basisSize,
          maxMatvecs: 250,
          seed,
          ...ends,
          ...(derivatives && { derivatives }),
        });
        const r = solver(diagonalOperator(values), b);
        const truth = b.map((x, i) => x * f(values[i]!));
        const error = norm(truth.map((x, i) => x - r.vector[i]!));
        const what = `${name} ${shape} ${seed}`;
        expect(error, what).toBeLessThanOrEqual(r.error);
        expect(r.matvecs).toBeLessThanOrEqual(251);
        if (r.status !== "converged") expect(r.message).toMatch(/rtol|ends|lowerEnd/);
        else {
          converged++;
          expect(r.error, what).toBeLessThanOrEqual(1.01 * rtol * (norm(truth) + r.error) + 1e-300);
        }
      }
      if (!isRough) expect(converged).toBeGreaterThan(tried / 3);
    },
  );

  it("agrees with the dense function of a dense matrix", () => {
    const { rows, n } = withSpectrum(
      Array.from({ length: 50 }, (_, i) => -3 + i / 10),
      4,
    );
    const { values, vectors } = symmetricEigen(rows);
    const b = Float64Array.from({ length: n }, (_, i) => Math.sin(i + 1));
    const truth = new Float64Array(n);
    for (const [k, v] of vectors.entries()) {
      const c = Math.exp(values[k]!) * dot(v, b);
      for (let i = 0; i < n; i++) truth[i]! += c * v[i]!;
    }
    for (const basisSize of [100, 7]) {
      const r = applyFunction(Math.exp, { rtol: 1e-10, basisSize })(denseOperator(rows), b);
      expect(r.status).toBe("converged");
      expect(norm(truth.map((x, i) => x - r.vector[i]!))).toBeLessThanOrEqual(r.error);
      expect(r.error).toBeLessThanOrEqual(1e-10 * norm(truth) * 1.01);
    }
  });

  it("is for 1/x the residual over the smallest eigenvalue, so that a wrong end is a wrong error", () => {
    const values = Array.from({ length: 80 }, (_, i) => 0.01 + i / 79);
    const b = new Float64Array(80).fill(1);
    const solver = applyFunction((x) => 1 / x, {
      derivatives: "alternating",
      lowerEnd: 0.01,
      upperEnd: 1.01,
      maxMatvecs: 15,
    });
    const { vector, error } = solver(diagonalOperator(values), b);
    const residual = norm(vector.map((x, i) => b[i]! - values[i]! * x));
    expect(error / (residual / 0.01)).toBeCloseTo(1, 6);
  });

  it("makes vectors anew where few are kept, at a second product each", () => {
    const values = Array.from({ length: 300 }, (_, i) => -50 + i / 6);
    const b = new Float64Array(300).fill(1);
    const settings = { lowerEnd: -50, upperEnd: 0, rtol: 1e-8 };
    const kept = applyFunction(Math.exp, settings)(diagonalOperator(values), b);
    const anew = applyFunction(Math.exp, { ...settings, basisSize: 10 })(
      diagonalOperator(values),
      b,
    );
    expect([kept.status, anew.status]).toEqual(["converged", "converged"]);
    expect(anew.matvecs).toBeGreaterThan(kept.matvecs);
    expect(anew.matvecs).toBeLessThan(3 * kept.matvecs);
    expect(norm(anew.vector.map((x, i) => x - kept.vector[i]!))).toBeLessThan(
      kept.error + anew.error,
    );
  });

  it("refuses log of an operator with a negative eigenvalue, and marks what it cannot show", () => {
    const n = 100;
    const indefinite = diagonalOperator(Array.from({ length: n }, (_, i) => i - 5));
    const b = new Float64Array(n).fill(1);
    expect(() => applyFunction(Math.log)(indefinite, b)).toThrow(/not finite/);
    const stiff = diagonalOperator(Array.from({ length: n }, (_, i) => 1e-6 + (i / n) ** 4));
    const r = applyFunction(Math.log, { maxMatvecs: 20 })(stiff, b);
    expect(r.status).toBe("budget-spent");
    expect(r.error).toBe(Infinity);
    // A pole inside of the spectrum.
    const pole = applyFunction((x) => 1 / x, { maxMatvecs: 60 })(
      diagonalOperator(Array.from({ length: n }, (_, i) => i - 50.5 + 0.4999999)),
      b,
    );
    expect(pole.status === "converged" && pole.error < Infinity && pole.matvecs < n).toBe(false);
  });

  it("takes zero vectors, and refuses vectors and ends that are wrong", () => {
    const operator = diagonalOperator([1, 2, 3]);
    const zero = applyFunction(Math.exp)(operator, new Float64Array(3));
    expect(Array.from(zero.vector)).toEqual([0, 0, 0]);
    expect(zero.error).toBe(0);
    expect(() => applyFunction(Math.exp)(operator, new Float64Array(2))).toThrow(/length/);
    expect(() => applyFunction(Math.exp)(operator, new Float64Array([1, Number.NaN, 0]))).toThrow();
    const wrong = applyFunction(Math.exp, { lowerEnd: 1.5 });
    expect(() => wrong(operator, new Float64Array([1, 1, 1]))).toThrow(/lowerEnd/);
  });

  it("holds in float32", () => {
    const values = Array.from({ length: 60 }, (_, i) => 1 + i / 10);
    const operator = {
      n: 60,
      apply: (x: Float32Array) => x.map((entry, i) => entry * values[i]!),
    };
    const b = new Float32Array(60).fill(1);
    const r = applyFunction(Math.sqrt, { space: float32(), rtol: 1e-4 })(operator, b);
    expect(r.status).toBe("converged");
    const error = norm(Float64Array.from(r.vector, (x, i) => x - Math.sqrt(values[i]!)));
    expect(error).toBeLessThanOrEqual(r.error);
    const tight = applyFunction(Math.sqrt, { space: float32(), rtol: 1e-12 })(operator, b);
    expect(tight.status).toBe("rounding");
  });
});

describe("spectralNorm and conditionNumber", () => {
  const sizes = (values: number[]) => {
    const all = values.map(Math.abs);
    return { norm: Math.max(...all), condition: Math.max(...all) / Math.min(...all) };
  };

  it("enclose, wrong as seldom as they say", () => {
    let wrong = 0;
    let lower = 0;
    let finite = 0;
    for (let seed = 0; seed < CASES; seed++) {
      const { values } = randomSpectrum(seed);
      const operator = diagonalOperator(values);
      const truth = sizes(values);
      const settings = { seed, maxMatvecs: 30, probability: 0.98 };
      const size = spectralNorm(settings)(operator);
      const condition = conditionNumber({ ...settings, rtol: 0.1 })(operator);
      if (size.lower > truth.norm * (1 + 1e-14)) lower++;
      if (condition.lower > truth.condition * (1 + 1e-14)) lower++;
      if (size.upper < truth.norm) wrong++;
      if (condition.upper < truth.condition) wrong++;
      if (condition.upper < Infinity) finite++;
      for (const r of [size, condition]) {
        if (r.status === "converged")
          expect(r.upper).toBeLessThanOrEqual(1.1 * r.lower * (1 + 1e-9));
        else expect(r.message).toBeDefined();
      }
    }
    expect(lower).toBe(0);
    const expected = 0.02 * 2 * CASES;
    expect(wrong).toBeLessThan(expected + 4 * Math.sqrt(expected));
    expect(finite).toBeGreaterThan(CASES / 5);
  });

  it("knows no condition number of a singular or an indefinite operator, but a lower bound", () => {
    const singular = conditionNumber()(diagonalOperator([0, 1, 2, 3]));
    expect(singular.upper).toBe(Infinity);
    expect(singular.lower).toBeGreaterThan(1e12);
    expect(singular.status).toBe("rounding");
    const indefinite: SyncOperator = diagonalOperator([-1, 1, 2, 3]);
    expect(conditionNumber()(indefinite).upper).toBe(Infinity);
    expect(conditionNumber()(indefinite).lower).toBeCloseTo(3, 10);
  });

  it("take n = 1, the identity and zero", () => {
    expect(spectralNorm()(diagonalOperator([-2])).upper).toBeCloseTo(2, 9);
    expect(conditionNumber()(diagonalOperator([3, 3, 3, 3])).upper).toBeCloseTo(1, 9);
    expect(spectralNorm()(diagonalOperator([0, 0])).lower).toBe(0);
  });
});

describe("oneNorm", () => {
  it("is a lower bound, right for most operators", () => {
    let right = 0;
    for (let seed = 0; seed < 100; seed++) {
      const random = createRandom(seed, 42);
      const n = 1 + Math.floor(30 * random.uniform());
      const rows = Array.from({ length: n }, () => new Float64Array(n));
      for (let i = 0; i < n; i++) {
        for (let j = 0; j <= i; j++) rows[i]![j] = rows[j]![i] = random.normal() ** 3;
      }
      const truth = Math.max(...rows.map((row) => row.reduce((sum, x) => sum + Math.abs(x), 0)));
      const { lower, matvecs } = oneNorm({ seed })(denseOperator(rows));
      expect(lower).toBeLessThanOrEqual(truth * (1 + 1e-14));
      expect(lower).toBeGreaterThan(truth / 3);
      expect(matvecs).toBeLessThanOrEqual(20);
      if (lower > truth * (1 - 1e-12)) right++;
    }
    expect(right).toBeGreaterThan(80);
  });

  it("refuses an operator that breaks its contract, or is not finite", () => {
    const nothing = { n: 3, apply: () => undefined } as unknown as SyncOperator;
    expect(() => oneNorm()(nothing)).toThrow(/out/);
    expect(() => oneNorm()({ n: 3, apply: (x) => x.map(() => Number.NaN) })).toThrow(/NaN/);
    expect(() => oneNorm({ blocksize: 3 } as object)).toThrow(/blocksize/);
  });
});
