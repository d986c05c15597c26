import { stream } from "@eoss/rng";
import { describe, expect, it } from "vitest";
import { plateau } from "./plateau.js";
import type { SeriesPoint } from "./series.js";

const every = (spacing: number, values: readonly number[]): SeriesPoint[] =>
  values.map((value, i) => ({ step: (i + 1) * spacing, value }));

/** x ← ρx + ε from its stationary distribution, standard normal ε. */
function autoregressive(length: number, rho: number, seed: number): number[] {
  const noise = stream(seed, "autoregressive");
  const values = [noise.normalAt(0) / Math.sqrt(1 - rho ** 2)];
  while (values.length < length) values.push(rho * values.at(-1)! + noise.normalAt(values.length));
  return values;
}

/** Var(mean) = (σ²/N²) (N + 2 Σₖ (N − k) ρᵏ), σ² = 1/(1 − ρ²) */
function varianceOfMean(length: number, rho: number): number {
  let sum = length;
  for (let k = 1; k < length; k++) sum += 2 * (length - k) * rho ** k;
  return sum / length ** 2 / (1 - rho ** 2);
}

describe("plateau: the window", () => {
  it("is the last quarter of the run's steps, not of its points", () => {
    const dense = Array.from({ length: 50 }, (_, i) => ({ step: i, value: 100 }));
    const sparse = Array.from({ length: 10 }, (_, i) => ({ step: 100 * (i + 1), value: i }));
    const result = plateau([...dense, ...sparse]);
    // steps 750 … 1000: the values 7, 8, 9
    expect(result).toMatchObject({ mean: 8, points: 3, firstStep: 800, lastStep: 1000 });
  });

  it("ends where the run ended, and can be widened", () => {
    const series = every(
      10,
      Array.from({ length: 100 }, (_, i) => i + 1),
    );
    expect(plateau(series, { to: 500 })).toMatchObject({ firstStep: 380, lastStep: 500 });
    expect(plateau(series, { to: 2000 })).toMatchObject({ points: 0, status: "too-few-points" });
    expect(plateau(series, { fraction: 1 })).toMatchObject({ points: 100, mean: 50.5 });
    expect(plateau(series, { from: 600, to: 1000 })).toMatchObject({ firstStep: 900 });
  });

  it("refuses steps out of order and impossible fractions", () => {
    expect(() => plateau(every(0, [1, 2]))).toThrow(/0 follows 0 at point 1/);
    expect(() => plateau([], { fraction: 0 })).toThrow(/not 0/);
    expect(() => plateau([], { fraction: 2 })).toThrow(RangeError);
  });
});

describe("plateau: closed forms", () => {
  it("a constant is level, with no error but rounding", () => {
    const result = plateau(every(1, Array(40).fill(0.1)));
    expect(result.status).toBe("level");
    expect(result.mean).toBeCloseTo(0.1, 14);
    expect(result.standardError).toBeLessThan(1e-14);
    expect(plateau(every(1, Array(40).fill(0)))).toMatchObject({ mean: 0, status: "level" });
  });

  it("a straight line drifts by its slope", () => {
    const { status, mean, drift } = plateau(
      every(
        20,
        Array.from({ length: 40 }, (_, i) => 5 + 0.5 * i),
      ),
    );
    expect(status).toBe("drifting");
    expect(mean).toBeCloseTo(5 + 0.5 * 34, 10); // the points 29 … 39
    expect(drift!.slope).toBeCloseTo(0.5 / 20, 12);
    expect(drift!.change).toBeCloseTo(0.5 * 10, 10);
  });

  it("a single cosine of amplitude a has Ω = a²N/(2B)", () => {
    const n = 27; // B = 3
    const values = Array.from({ length: n }, (_, t) => 3 * Math.cos((Math.PI * 2 * (t + 0.5)) / n));
    const { mean, standardError, margin } = plateau(every(1, values), { fraction: 1 });
    expect(mean).toBeCloseTo(0, 12);
    expect(standardError).toBeCloseTo(Math.sqrt(9 / (2 * 3)), 12);
    expect(margin / standardError).toBeCloseTo(3.18244630528, 10);
  });

  it("the points' own errors are a floor, their bounds pass through", () => {
    const series = Array.from({ length: 16 }, (_, i) => ({
      step: i + 1,
      value: 7,
      standardError: 0.4,
      errorBound: i % 2 === 0 ? 0.1 : 0.3,
    }));
    const result = plateau(series, { fraction: 1 });
    expect(result.standardError).toBeCloseTo(0.4 / Math.sqrt(16), 12);
    expect(result.errorBound).toBeCloseTo(0.2, 12);
  });
});

describe("plateau: marked results", () => {
  it("too few points give a mean without error", () => {
    const result = plateau(every(1, [1, 2, 3, 4, 5]), { fraction: 1 });
    expect(result).toMatchObject({ status: "too-few-points", mean: 3, points: 5, drift: null });
    expect(result.standardError).toBeNaN();
    expect(plateau([])).toMatchObject({ status: "too-few-points", points: 0 });
    expect(plateau([]).mean).toBeNaN();
  });

  it("a value that is not finite takes the mean with it", () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const result = plateau(every(1, [1, 1, 1, 1, 1, 1, bad]), { fraction: 1 });
      expect(result.status).toBe("not-finite");
      expect(result.mean).toBeNaN();
    }
    expect(plateau(every(1, [Number.NaN, ...Array(39).fill(1)])).status).toBe("level");
  });
});

// Fixed samples and seeds. Of `runs` intervals, 95 % ± 4 standard deviations should cover zero.
describe("plateau: coverage of the 95 % interval", () => {
  const runs = 2000;
  const tolerance = 4 * Math.sqrt((0.95 * 0.05) / runs);
  const whole = { fraction: 1 };

  const coverage = (length: number, rho: number, margin: (values: number[]) => number) => {
    let covered = 0;
    for (let run = 0; run < runs; run++) {
      const values = autoregressive(length, rho, run);
      const mean = values.reduce((sum, value) => sum + value, 0) / length;
      if (Math.abs(mean) < margin(values)) covered++;
    }
    return covered / runs;
  };
  const ours = (values: number[]) => plateau(every(1, values), whole).margin;
  const naive = (values: number[]) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    return 1.96 * Math.sqrt(squares / (values.length - 1) / values.length);
  };

  it.each([6, 20, 200])("white noise, %i points", (length) => {
    expect(Math.abs(coverage(length, 0, ours) - 0.95)).toBeLessThan(tolerance);
  });

  it("correlation 0.6 and −0.6 between neighbours, where σ/√N fails", () => {
    for (const rho of [0.6, -0.6]) {
      expect(Math.abs(coverage(100, rho, ours) - 0.95)).toBeLessThan(tolerance);
      expect(Math.abs(coverage(100, rho, naive) - 0.95)).toBeGreaterThan(tolerance);
    }
  });

  it("the squared error is on average the variance of the mean", () => {
    const [length, rho] = [100, 0.6];
    const squares = Array.from(
      { length: runs },
      (_, run) => plateau(every(1, autoregressive(length, rho, run)), whole).standardError ** 2,
    );
    const ratio =
      squares.reduce((sum, value) => sum + value, 0) / runs / varianceOfMean(length, rho);
    // A chi-square of 8 degrees of freedom over 8 has deviation 1/2; the bias is below 8 %.
    expect(ratio).toBeGreaterThan(0.92 - 4 * (0.5 / Math.sqrt(runs)));
    expect(ratio).toBeLessThan(1 + 4 * (0.5 / Math.sqrt(runs)));
  });
});

describe("plateau: drift", () => {
  const runs = 1000;
  const flagged = (trend: number) => {
    let count = 0;
    for (let run = 0; run < runs; run++) {
      const values = autoregressive(60, 0.5, run).map((value, i) => value + trend * i);
      const { status, drift } = plateau(every(10, values), { fraction: 1 });
      if (status === "drifting" && drift!.slope * trend >= 0) count++;
    }
    return count / runs;
  };

  it("is reported of one level curve in twenty", () => {
    expect(flagged(0)).toBeGreaterThan(0.02);
    expect(flagged(0)).toBeLessThan(0.09);
  });

  it("is seen when it exceeds the noise, upwards and downwards", () => {
    // From end to end 6 noise deviations.
    expect(flagged(0.1)).toBeGreaterThan(0.9);
    expect(flagged(-0.1)).toBeGreaterThan(0.9);
  });

  it("progressive sharpening that has not arrived is no plateau", () => {
    const noise = stream(5, "sharpening");
    const values = Array.from(
      { length: 160 },
      (_, i) => 10 * (1 - Math.exp(-i / 120)) + 0.2 * noise.normalAt(i),
    );
    const { status, drift } = plateau(every(50, values));
    expect(status).toBe("drifting");
    expect(drift!.change - drift!.changeMargin).toBeGreaterThan(0);
  });
});
