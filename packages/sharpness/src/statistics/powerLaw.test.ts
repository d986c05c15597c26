import { stream } from "@eoss/rng";
import { fitPowerLaw, halfWidth, type PowerLawPoint } from "@eoss/sharpness";
import { describe, expect, it } from "vitest";

const sizes = [1, 2, 4, 8, 16, 32, 64];
const law = (exponent: number, relative: number, noise = (_: number) => 0): PowerLawPoint[] =>
  sizes.map((batchSize, i) => {
    const value = 5 * batchSize ** -exponent;
    const standardError = relative * value;
    // The errors are known: their margins are those of the normal distribution.
    const margin = halfWidth(standardError, Number.POSITIVE_INFINITY);
    return { batchSize, value: value + standardError * noise(i), standardError, margin };
  });

describe("fitPowerLaw", () => {
  it("finds exponent and amplitude of an exact law", () => {
    const fit = fitPowerLaw(law(0.7, 0.02));
    expect(fit.exponent).toBeCloseTo(0.7, 12);
    expect(fit.amplitude).toBeCloseTo(5, 10);
    expect(fit.chiSquare).toBeCloseTo(0, 10);
    expect(fit.degrees).toBe(5);
    // Equal relative errors: the error of the slope is σ/√Σ(x − x̄)², with x = 0, …, 6 times log 2.
    expect(fit.standardError).toBeCloseTo(0.02 / (Math.LN2 * Math.sqrt(28)), 12);
    expect(fit.interval[1] - fit.exponent).toBeCloseTo(1.959963985 * fit.standardError, 10);
  });

  it("gives each point the weight of its error", () => {
    const points = law(1, 0.01).map((point) => ({ ...point }));
    points[6] = {
      ...points[6]!,
      value: points[6]!.value * 1.4,
      standardError: 0.49 * points[6]!.value,
    };
    expect(fitPowerLaw(points).exponent).toBeCloseTo(1, 3);
    points[6] = { ...points[6]!, standardError: 0.01 * points[6]!.value };
    expect(fitPowerLaw(points).exponent).toBeLessThan(0.97);
  });

  it("has a standard error that fits its spread", () => {
    const trials = 1000;
    const zs = Array.from({ length: trials }, (_, seed) => {
      const noise = stream(seed, "fit");
      const { exponent, amplitude } = fitPowerLaw(law(0.8, 0.03, (i) => noise.normalAt(i)));
      expect(amplitude).toBeGreaterThan(4);
      return (exponent - 0.8) / (0.03 / (Math.LN2 * Math.sqrt(28)));
    });
    const mean = zs.reduce((sum, z) => sum + z, 0) / trials;
    const chi = zs.reduce((sum, z) => sum + z * z, 0) / trials;
    expect(Math.abs(mean) * Math.sqrt(trials)).toBeLessThan(4);
    expect(Math.abs(chi - 1) / Math.sqrt(2 / trials)).toBeLessThan(4);
    // A standard error of half the size would not pass.
    expect(Math.abs(4 * chi - 1) / Math.sqrt(2 / trials)).toBeGreaterThan(4);
  });

  it("has an interval that covers the truth 95 % of the time, also where errors are understated", () => {
    const trials = 1000;
    const covered = (understated: number) => {
      let count = 0;
      for (let seed = 0; seed < trials; seed++) {
        const noise = stream(seed, "cover");
        const points = law(0.8, 0.01, (i) => understated * noise.normalAt(i));
        const [low, high] = fitPowerLaw(points).interval;
        if (low <= 0.8 && 0.8 <= high) count += 1;
      }
      return (count / trials - 0.95) / Math.sqrt((0.95 * 0.05) / trials);
    };
    // Enlarged where the scatter happens to be large, the interval covers rather more than less.
    expect(covered(1)).toBeGreaterThan(-4);
    expect(Math.abs(covered(5))).toBeLessThan(4);
  });

  it("divides a known factor out", () => {
    const factor = (b: number) => (100 - b) / 99;
    const points = law(1, 0.02).map((p) => ({ ...p, value: p.value * factor(p.batchSize) }));
    expect(fitPowerLaw(points, factor).exponent).toBeCloseTo(1, 12);
    expect(fitPowerLaw(points).exponent).toBeGreaterThan(1.05);
  });

  it("leaves out what has no logarithm, and says so", () => {
    const points = law(1, 0.02);
    points[5] = { ...points[5]!, value: -0.1 };
    points[6] = { ...points[6]!, standardError: points[6]!.value };
    const fit = fitPowerLaw(points);
    expect(fit.leftOut).toEqual([32, 64]);
    expect(fit.fitted).toEqual([1, 2, 4, 8, 16]);
    expect(() => fitPowerLaw(points.slice(5))).toThrow(/at least two points .* there are 0 of 2/);
    expect(() => fitPowerLaw(law(1, 0))).toThrow(/b = 1 has the standard error 0/);
  });
});
