import { describe, expect, it } from "vitest";
import { noisy, rise } from "./series.fixture.js";
import { type Settled, settle, verdict } from "./settle.js";

const runs = 400;
const results = (curve: (point: number) => number, length: number): Settled[] =>
  Array.from({ length: runs }, (_, seed) =>
    settle(noisy(curve, { length, deviation: 0.03, seed })),
  );
const share = (all: readonly Settled[], holds: (result: Settled) => boolean) =>
  all.filter(holds).length / all.length;

describe("settle: simulated with correlated noise", () => {
  const settled = results(rise(0, 50), 150);

  it("finds the plateau, its step and its level, where the last quarter knows no step", () => {
    expect(share(settled, ({ status }) => status === "plateau")).toBeGreaterThan(0.9);
    // 1,000 runs gave 91 % and 92 %; four standard deviations less.
    const covers = ({ sinceInterval: [first, last] = [0, 0] }: Settled) =>
      first <= 5000 && 5000 <= last;
    expect(share(settled, covers)).toBeGreaterThan(0.85);
    expect(
      share(settled, ({ plateau }) => Math.abs((plateau?.mean ?? 0) - 1) <= (plateau?.margin ?? 0)),
    ).toBeGreaterThan(0.86);
  });

  it("has an interval of the step that is no larger than it must be", () => {
    // Ten points earlier or later lies outside as a rule.
    for (const wrong of [4000, 6000]) {
      const covers = ({ sinceInterval: [first, last] = [0, 0] }: Settled) =>
        first <= wrong && wrong <= last;
      expect(share(settled, covers)).toBeLessThan(0.2);
    }
  });

  it("says of a rise or fall that goes on that it does", () => {
    expect(share(results(rise(0, 100), 100), ({ status }) => status === "rising")).toBeGreaterThan(
      0.95,
    );
    const falling = results((i) => 1.2 - rise(0, 100)(i), 100);
    expect(share(falling, ({ status }) => status === "falling")).toBeGreaterThan(0.95);
  });

  it("takes a curve that is level from its first point for a plateau from there", () => {
    const level = results(() => 1, 100);
    expect(share(level, ({ status }) => status === "plateau")).toBeGreaterThan(0.9);
  });
});

describe("settle: exact curves", () => {
  const exact = (curve: (i: number) => number, length: number) =>
    Array.from({ length }, (_, i) => ({ step: 10 * i, value: curve(i) }));

  it("finds the knot itself", () => {
    expect(settle(exact(rise(0, 15), 40))).toMatchObject({
      status: "plateau",
      since: 150,
      sinceInterval: [150, 150],
    });
    expect(settle(exact((i) => -rise(0, 15)(i), 40))).toMatchObject({ since: 150 });
  });

  it("leaves out what has no value yet, and not what has none any more", () => {
    const late = settle(exact((i) => (i < 3 ? Number.NaN : 1), 40));
    expect(late).toMatchObject({ status: "plateau", points: 37, since: 30 });
    expect(settle(exact(() => Number.NaN, 40)).status).toBe("diverged");
    expect(settle(exact((i) => (i < 3 || i === 20 ? Number.NaN : 1), 40)).status).toBe("diverged");
  });

  it("marks what has no plateau", () => {
    expect(settle([])).toEqual({ status: "too-few-points", points: 0 });
    expect(settle(exact((i) => (i < 20 ? 1 : Number.NaN), 40)).status).toBe("diverged");
    expect(settle(exact(rise(0, 15), 18)).status).toBe("rising");
    expect(() => settle([...exact(() => 1, 3), { step: 5, value: 1 }])).toThrow(/must increase/);
  });
});

describe("verdict", () => {
  it("says where and at what level", () => {
    const series = noisy(rise(0, 50), { length: 150, deviation: 0.03, seed: 3 });
    const result = settle(series);
    const sentence = verdict("MiniBS", result, "2/η");
    expect(sentence).toMatch(
      /^MiniBS plateaus at (1\.0\d*|0\.9\d*) ± 0\.0\d+ × 2\/η from step [45],\d00 \(4,\d00 to 5,\d00\)$/,
    );
    const [mean, margin] = sentence.match(/\d\.\d+/g)!.map(Number);
    expect(Math.abs(mean! - result.plateau!.mean)).toBeLessThan(0.1 * result.plateau!.margin);
    expect(margin! / result.plateau!.margin).toBeCloseTo(1, 0);
  });

  it("says what is no plateau", () => {
    const rising = settle(noisy(rise(0, 60), { length: 60, deviation: 0.03, seed: 1 }));
    expect(verdict("MiniBS", rising)).toMatch(/^MiniBS is still rising/);
    expect(verdict("FullBS", { status: "too-few-points", points: 4 })).toBe(
      "FullBS: no plateau, too few points (4)",
    );
    expect(verdict("FullBS", { status: "diverged", points: 9 })).toBe("FullBS diverged");
  });
});
