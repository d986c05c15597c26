import { type RandomStream, stream } from "@eoss/rng";
import { describe, expect, it } from "vitest";
import { measuredBatches } from "./batches.fixture.js";
import { MonteCarlo } from "./monteCarlo.js";
import { ratioOfMeans } from "./ratioOfMeans.js";

const filled = (values: readonly number[]) => {
  const estimate = new MonteCarlo();
  for (const value of values) estimate.add(value);
  return estimate;
};

describe("MonteCarlo: closed forms", () => {
  it("gives mean and standard error, also of values far from zero", () => {
    const estimate = new MonteCarlo();
    expect(estimate.mean).toBeNaN();
    expect(estimate.standardError).toBe(Number.POSITIVE_INFINITY);
    expect(estimate.margin).toBe(Number.POSITIVE_INFINITY);
    for (const value of [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]) estimate.add(value);
    expect(estimate.mean).toBe(1e9 + 10);
    expect(estimate.standardError).toBeCloseTo(Math.sqrt(30 / 4), 10);
    // Symmetric about the mean: no skewness, Student's quantile for three degrees alone.
    expect(estimate.margin).toBeCloseTo(3.18244630528 * Math.sqrt(30 / 4), 7);
  });

  it("widens the margin of skew values, whichever side they are skew to", () => {
    // 0, 0, 3: s² = 3, γ = 1.2/√2, t = 4.30265273 with two degrees
    const t = 4.30265273;
    const expected = t + (1.2 * (1 + 2 * t * t)) / (6 * Math.SQRT2 * Math.sqrt(3));
    expect(filled([0, 0, 3]).margin).toBeCloseTo(expected, 6);
    expect(filled([0, 0, -3]).margin).toBeCloseTo(expected, 6);
  });

  it("is done from the sixteenth value on, when Student's quantile allows it", () => {
    const spread = (size: number, count: number) =>
      filled(Array.from({ length: count }, (_, i) => 1 + (i % 2 ? size : -size)));
    expect(spread(1e-3, 15).done(0.02)).toBe(false);
    expect(spread(1e-3, 16).done(0.02)).toBe(true);
    // se = size/√15, t = 2.13144955 with 15 degrees: the limit is 0.02 · 1.959964 / t · √15
    const limit = ((0.02 * 1.959964) / 2.13144955) * Math.sqrt(15);
    expect(spread(0.999 * limit, 16).done(0.02)).toBe(true);
    expect(spread(1.001 * limit, 16).done(0.02)).toBe(false);
    expect(spread(1.001 * limit, 16).done(0.02, 1.1)).toBe(true);
  });

  it("is done with a mean that is not finite", () => {
    expect(filled([]).done(0.1)).toBe(false);
    expect(filled([1, Number.NaN]).done(0.1)).toBe(true);
  });
});

const REPETITIONS = 1000;
const MOST = 256;

/** Values of mean 1 and coefficient of variation c from deviates of mean 0 and deviation 1. */
type Deviate = (noise: RandomStream, i: number) => number;
const logNormal = (sigma: number): Deviate => {
  const mean = Math.exp(sigma ** 2 / 2);
  const deviation = mean * Math.sqrt(Math.expm1(sigma ** 2));
  return (noise, i) => (Math.exp(sigma * noise.normalAt(i)) - mean) / deviation;
};
const measured = ((): Deviate => {
  const m = measuredBatches.length;
  const mean = measuredBatches.reduce((sum, value) => sum + value, 0) / m;
  const squares = measuredBatches.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviates = measuredBatches.map((value) => (value - mean) / Math.sqrt(squares / m));
  return (noise, i) => deviates[Math.floor(m * noise.uniformAt(i))]!;
})();
const distributions: Readonly<Record<string, Deviate>> = {
  normal: (noise, i) => noise.normalAt(i),
  exponential: (noise, i) => -Math.log(1 - noise.uniformAt(i)) - 1,
  "log-normal, σ = 0.5": logNormal(0.5),
  "measured batches": measured,
  "log-normal, σ = 1": logNormal(1),
};
const deviatesOf = (name: string): number[][] =>
  Array.from({ length: REPETITIONS }, (_, repetition) => {
    const noise = stream(repetition, name);
    return Array.from({ length: MOST }, (_, i) => distributions[name]!(noise, i));
  });

type Rule = (estimate: MonteCarlo, tolerance: number) => { done: boolean; margin: number };
const ours: Rule = (estimate, tolerance) => {
  const done = estimate.done(tolerance);
  return { done, margin: done || estimate.values.length === MOST ? estimate.margin : Number.NaN };
};
// The estimated standard error taken for the true one.
const naive: Rule = ({ values, mean, standardError }, tolerance) => ({
  done: values.length >= 8 && standardError <= tolerance * mean,
  margin: 1.96 * standardError,
});

/** How often the interval covers 1, and how many values it takes on average. */
function simulate(deviates: number[][], variation: number, tolerance: number, rule: Rule) {
  let covered = 0;
  let spent = 0;
  for (const row of deviates) {
    const estimate = new MonteCarlo();
    for (const deviate of row) {
      estimate.add(1 + variation * deviate);
      if (rule(estimate, tolerance).done) break;
    }
    if (Math.abs(estimate.mean - 1) <= rule(estimate, tolerance).margin) covered++;
    spent += estimate.values.length;
  }
  return { coverage: covered / REPETITIONS, values: spent / REPETITIONS };
}

const cells = [0.01, 0.02, 0.05].flatMap((tolerance) =>
  [0.05, 0.1, 0.2, 0.5].map((variation) => ({ tolerance, variation })),
);
const coverages = (name: string, rule: Rule) => {
  const deviates = deviatesOf(name);
  return cells.map(({ tolerance, variation }) => ({
    tolerance,
    variation,
    ...simulate(deviates, variation, tolerance, rule),
  }));
};

describe("MonteCarlo: the 95 % interval at the step where the rule stops", () => {
  it.each(["normal", "exponential", "log-normal, σ = 0.5", "measured batches"])(
    "covers in 93 % to 97 %: %s",
    (name) => {
      for (const { coverage } of coverages(name, ours)) {
        expect(coverage).toBeGreaterThanOrEqual(0.93);
        expect(coverage).toBeLessThanOrEqual(0.97);
      }
    },
  );

  it("does not with the estimated error taken for the true one", () => {
    for (const name of ["exponential", "log-normal, σ = 0.5", "measured batches"]) {
      const worst = Math.min(...coverages(name, naive).map(({ coverage }) => coverage));
      expect(worst).toBeLessThan(0.91);
    }
  });

  it("with log-normal tails of σ = 1 it stays below, and above the naive one", () => {
    const worst = (rule: Rule) =>
      Math.min(...coverages("log-normal, σ = 1", rule).map(({ coverage }) => coverage));
    expect(worst(ours)).toBeGreaterThan(0.84);
    expect(worst(naive)).toBeLessThan(0.78);
  });

  it("takes hardly more values than with the deviation known", () => {
    for (const { tolerance, variation, values } of coverages("normal", ours)) {
      const oracle = Math.min(MOST, Math.max(16, (variation / tolerance) ** 2));
      expect(values).toBeLessThan(oracle + 4);
    }
  });
});

describe("ratioOfMeans: the 95 % interval at the step where the rule stops", () => {
  // y = x·(1 + 0.2 z) with log-normal x: numerator and denominator go together, E[y]/E[x] = 1.
  it("covers in 93 % to 97 %; the error of the numerator alone is far too wide", () => {
    let covered = 0;
    let coveredNaively = 0;
    for (let repetition = 0; repetition < REPETITIONS; repetition++) {
      const noise = stream(repetition, "ratio");
      const numerators = new MonteCarlo();
      const denominators: number[] = [];
      let ratio = new MonteCarlo();
      for (let i = 0; i < MOST && !ratio.done(0.05); i++) {
        const x = Math.exp(0.5 * noise.normalAt(2 * i));
        numerators.add(x * (1 + 0.2 * noise.normalAt(2 * i + 1)));
        denominators.push(x);
        ratio = ratioOfMeans(numerators.values, denominators);
      }
      const error = Math.abs(ratio.mean - 1);
      if (error <= ratio.margin) covered++;
      if (error <= (numerators.margin / numerators.mean) * ratio.mean) coveredNaively++;
    }
    expect(covered / REPETITIONS).toBeGreaterThanOrEqual(0.93);
    expect(covered / REPETITIONS).toBeLessThanOrEqual(0.97);
    expect(coveredNaively / REPETITIONS).toBeGreaterThan(0.98);
  });
});

it("has a margin for values so small that their cubes are not representable", () => {
  const estimate = new MonteCarlo();
  for (const value of [1e-130, 3e-130, 2e-130, 7e-130]) estimate.add(value);
  expect(estimate.margin).toBeGreaterThan(1e-130);
  expect(estimate.margin).toBeLessThan(2e-129);
});

it("does not take values for constant that a fifth of the batches do not have", () => {
  const random = stream(8, "rare");
  let fooled = 0;
  for (let k = 0; k < 2000; k++) {
    const estimate = new MonteCarlo();
    for (let i = 0; !estimate.done(0.02) && i < 256; i++) {
      estimate.add(random.uniformAt(256 * k + i) < 0.2 ? 16 : 2);
    }
    if (estimate.standardError === 0) fooled++;
  }
  // Of 16 values 0.8^16 = 2.8 % are all the same: 56 of 2,000.
  expect(fooled).toBe(0);
});

it("ends with 64 values where all are the same", () => {
  const estimate = new MonteCarlo();
  let count = 0;
  for (; !estimate.done(0.02); count++) estimate.add(2 + 1e-9 * (count % 3));
  expect(count).toBe(64);
});
