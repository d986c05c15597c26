import { stream } from "@eoss/rng";
import { describe, expect, it } from "vitest";
import { autoregressive, every } from "./ar1.fixture.js";
import { plateau } from "./plateau.js";

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
    expect(result.standardError).toBeLessThan(2e-14);
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

  it("alternating values have no correlation to allow for: Ω = (1/B) Σ Λⱼ²", () => {
    const n = 27; // 27 independent points: B = 3
    const values = Array.from({ length: n }, (_, t) => 10 * Math.cos(Math.PI * t));
    const { mean, standardError, margin, independent } = plateau(every(1, values), { fraction: 1 });
    expect(independent).toBe(n);
    const squares = [1, 2, 3].map((j) => {
      const waves = values.map((y, t) => (y - mean) * Math.cos((Math.PI * j * (t + 0.5)) / n));
      return (2 / n) * waves.reduce((sum, x) => sum + x, 0) ** 2;
    });
    const omega = squares.reduce((sum, x) => sum + x, 0) / 3;
    expect(standardError).toBeCloseTo(Math.sqrt(omega / n), 12);
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

const whole = { fraction: 1 };
const flat = (length: number, rho: number, seed: number, trend = 0, base = 0) =>
  plateau(
    every(
      10,
      autoregressive(length, rho, seed).map((value, i) => base + value + trend * i),
    ),
    whole,
  );

// Fixed samples and seeds. Of `runs` intervals, 95 % ± 4 standard deviations should cover zero.
describe("plateau: coverage of the 95 % interval of what it calls level", () => {
  const runs = 2000;
  const tolerance = 4 * Math.sqrt((0.95 * 0.05) / runs);

  const coverage = (length: number, rho: number) => {
    const results = Array.from({ length: runs }, (_, seed) => flat(length, rho, seed));
    const level = results.filter(({ status }) => status === "level");
    const covered = level.filter(({ mean, margin }) => Math.abs(mean) <= margin);
    return covered.length / level.length;
  };
  const naive = (length: number, rho: number) => {
    let covered = 0;
    for (let seed = 0; seed < runs; seed++) {
      const values = autoregressive(length, rho, seed);
      const mean = values.reduce((sum, value) => sum + value, 0) / length;
      const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      if (Math.abs(mean) <= 2 * Math.sqrt(squares / (length - 1) / length)) covered++;
    }
    return covered / runs;
  };

  it.each([
    [12, 0],
    [25, 0],
    [200, 0],
    [50, 0.5],
    [100, 0.5],
    [100, -0.5],
    [100, 0.9],
  ])("%i points, correlation %d", (length, rho) => {
    expect(Math.abs(coverage(length, rho) - 0.95)).toBeLessThan(tolerance);
  });

  it("is less where few points are left of a memory, as the description says", () => {
    expect(coverage(25, 0.5)).toBeGreaterThan(0.9);
    expect(coverage(50, 0.9)).toBeGreaterThan(0.86);
    expect(coverage(25, 0.9)).toBeGreaterThan(0.7);
  });

  it("σ/√N covers far less", () => {
    expect(naive(100, 0.5)).toBeLessThan(0.8);
    expect(naive(100, 0.9)).toBeLessThan(0.5);
  });
});

describe("plateau: what noise without a drift is said to be", () => {
  const runs = 1000;
  const shares = (length: number, rho: number) => {
    const results = Array.from({ length: runs }, (_, seed) => flat(length, rho, seed).status);
    const share = (status: string) => results.filter((found) => found === status).length / runs;
    return { drifting: share("drifting"), few: share("too-few-points") };
  };

  // 5 % are stated; 7 % and 8 % are 3 and 4 standard deviations above it.
  it.each([
    [12, 0],
    [12, 0.5],
    [25, 0.5],
    [50, 0.5],
    [50, 0.7],
    [100, 0.9],
    [200, 0.9],
  ])("of %i points with correlation %d about a twentieth drift", (length, rho) => {
    expect(shares(length, rho).drifting).toBeLessThan(0.08);
  });

  it.each([
    [12, 0.9],
    [25, 0.9],
    [50, 0.9],
  ])(
    "of %i points with correlation %d about a tenth at most, and half are too few",
    (length, rho) => {
      const { drifting, few } = shares(length, rho);
      expect(drifting).toBeLessThan(0.12);
      expect(few).toBeGreaterThan(0.4);
    },
  );

  it("a memory longer than the window is most often too few points", () => {
    for (const length of [12, 25, 50, 100]) {
      const { drifting, few } = shares(length, 0.99);
      expect(few).toBeGreaterThan(0.5);
      expect(drifting).toBeLessThan(0.2);
    }
  });

  it("white noise is hardly ever too few points", () => {
    expect(shares(12, 0).few).toBeLessThan(0.15);
    expect(shares(25, 0).few).toBeLessThan(0.02);
  });
});

describe("plateau: drift", () => {
  const runs = 500;
  const seen = (curve: (x: number) => number, length: number, sign = 1) => {
    let count = 0;
    for (let seed = 0; seed < runs; seed++) {
      const values = autoregressive(length, 0.5, seed).map(
        (value, i) => value + curve(i / (length - 1)),
      );
      const { status, drift } = plateau(every(10, values), whole);
      if (status === "drifting" && drift!.change * sign > 0) count++;
    }
    return count / runs;
  };

  it("is seen when it exceeds the noise, upwards and downwards", () => {
    expect(seen((x) => 8 * x, 60)).toBeGreaterThan(0.95);
    expect(seen((x) => -8 * x, 60, -1)).toBeGreaterThan(0.95);
    expect(seen((x) => 20 * x, 12)).toBeGreaterThan(0.95);
  });

  it("is seen of a curve that bends or stops, and not taken for a memory", () => {
    for (const length of [12, 25, 60, 200]) {
      expect(seen((x) => 25 * (1 - Math.exp(-3 * x)), length)).toBeGreaterThan(0.95);
      expect(seen((x) => 40 * Math.min(1, 2 * x), length)).toBeGreaterThan(0.9);
    }
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

  it("certainly below a twentieth of the mean is none, and half of it is in the margin", () => {
    const small = flat(60, 0, 3, 0.02, 1000);
    expect(Math.abs(small.drift!.tScore)).toBeGreaterThan(1);
    expect(small.status).toBe("level");
    const exact = plateau(
      every(
        10,
        Array.from({ length: 40 }, (_, i) => 100 + 0.05 * i),
      ),
      whole,
    );
    expect(exact.status).toBe("level");
    expect(exact.margin).toBeGreaterThanOrEqual((0.05 * 39) / 2);
    expect(flat(60, 0, 3, 2, 1000).status).toBe("drifting");
  });
});
