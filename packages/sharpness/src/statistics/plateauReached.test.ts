import { describe, expect, it } from "vitest";
import { type PlateauTest, plateauReached, plateauTestDefaults } from "./plateauReached.js";
import { noisy, rise } from "./series.fixture.js";
import type { SeriesPoint } from "./series.js";

/** Points after which the test first passes, looking after every one; infinite if never. */
function passesAfter(series: readonly SeriesPoint[], test: Partial<PlateauTest> = {}): number {
  for (let points = 1; points <= series.length; points++) {
    if (plateauReached(series.slice(0, points), test).reached) return points;
  }
  return Number.POSITIVE_INFINITY;
}

// What must be told from a plateau: the wrong test that a level-looking window is one.
const windowLooksLevel = (series: readonly SeriesPoint[]) => {
  const points = series.slice(-10);
  const change = points.at(-1)!.value - points[0]!.value;
  return points.length === 10 && Math.abs(change) < 0.1 * points.at(-1)!.value;
};

const runs = 100;
const passes = (
  curve: (point: number) => number,
  length: number,
  deviation: number,
  test: Partial<PlateauTest> = {},
) =>
  Array.from({ length: runs }, (_, seed) =>
    passesAfter(noisy(curve, { length, deviation, seed }), test),
  ).sort((a, b) => a - b);
const early = (passed: readonly number[], end: number) => passed.filter((p) => p <= end).length;

describe("plateauReached: error rates with correlated noise, looking after every point", () => {
  it("never on a straight rise, where a window that looks level is found in nearly all", () => {
    for (const [length, deviation] of [
      [50, 0.03],
      [50, 0.1],
      [150, 0.03],
    ] as const) {
      expect(early(passes(rise(0, length), length, deviation), length)).toBe(0);
    }
    const naive = Array.from({ length: runs }, (_, seed) => {
      const series = noisy(rise(0, 150), { length: 150, deviation: 0.03, seed });
      return series.some((_, i) => windowLooksLevel(series.slice(0, i + 1)));
    });
    expect(naive.filter(Boolean).length).toBeGreaterThan(90);
  });

  it.each([
    { knot: 5, deviation: 0.03, median: 25, ninth: 35 },
    { knot: 20, deviation: 0.03, median: 25, ninth: 35 },
    { knot: 50, deviation: 0.03, median: 40, ninth: 55 },
    { knot: 50, deviation: 0.1, median: 75, ninth: 100 },
  ])(
    "a rise of $knot points, noise $deviation: seen after it, most often within $median points",
    ({ knot, deviation, median, ninth }) => {
      const passed = passes(rise(0, knot), knot + 120, deviation);
      expect(early(passed, knot)).toBe(0);
      expect(passed[runs / 2]! - knot).toBeLessThan(median);
      expect(passed[0.9 * runs]! - knot).toBeLessThan(ninth);
    },
  );

  it("not while the curve is flat before it rises, nor while it falls, nor after a fall", () => {
    expect(early(passes(rise(60, 80), 60, 0.03), 60)).toBe(0);
    const fallFirst = (i: number) => rise(40, 60)(i) + 0.5 * Math.max(0, 1 - i / 10);
    const passed = passes(fallFirst, 160, 0.03);
    expect(early(passed, 60)).toBe(0);
    expect(passed[runs / 2]! - 60).toBeLessThan(45);
    expect(
      early(
        passes((i) => 1.2 - rise(0, 20)(i), 100, 0.03),
        100,
      ),
    ).toBe(0);
  });

  it("with `any` also where a fall ends, and on a curve level from its first point", () => {
    const fallen = passes((i) => 1.2 - rise(0, 20)(i), 100, 0.03, { after: "any" });
    expect(early(fallen, 20)).toBe(0);
    expect(fallen[runs / 2]! - 20).toBeLessThan(45);
    expect(passes(() => 1, 60, 0.03, { after: "any" })[runs / 2]).toBeLessThan(40);
  });

  it("after an overshoot the plateau begins where the fall ends", () => {
    const overshoot = (i: number) => rise(0, 20)(i) + 0.25 * Math.max(0, 1 - Math.abs(i - 20) / 10);
    const result = plateauReached(noisy(overshoot, { length: 70, deviation: 0.02, seed: 1 }));
    expect(result.reached).toBe(true);
    expect(Math.abs(result.since! - 3000)).toBeLessThanOrEqual(400);
  });
});

describe("plateauReached: what it says", () => {
  const series = noisy(rise(0, 20), { length: 60, deviation: 0.03, seed: 7 });

  it("where the plateau begins, its level, and the slope in units per step", () => {
    const result = plateauReached(series);
    expect(result).toMatchObject({ reached: true, decision: "reached" });
    expect(Math.abs(result.since! - 2000)).toBeLessThanOrEqual(300);
    const since = series.filter(({ step }) => step >= result.since!);
    const level = since.reduce((sum, { value }) => sum + value, 0) / since.length;
    expect(result.level).toBeCloseTo(level, 12);
    expect(Math.abs(result.slope!) + result.slopeMargin!).toBeLessThanOrEqual(result.slopeAllowed!);
    expect(result.slopeAllowed).toBeCloseTo((0.1 * level) / (10 * 100), 12);
  });

  it("does not depend on the unit, nor on the spacing of the steps", () => {
    const other = series.map(({ step, value }) => ({ step: 7 * step + 3, value: 250 * value }));
    const [one, two] = [plateauReached(series), plateauReached(other)];
    expect(two.reached).toBe(one.reached);
    expect(two.since).toBe(7 * one.since! + 3);
    expect(two.statistic! / one.statistic!).toBeCloseTo(1, 9);
  });

  it("tells why it is not one", () => {
    const decision = (points: readonly SeriesPoint[]) => plateauReached(points).decision;
    expect(decision([])).toBe("too-few-points");
    expect(decision(series.slice(0, 9))).toBe("too-few-points");
    expect(decision(series.slice(0, 25))).toBe("too-few-points");
    expect(decision(series.slice(25))).toBe("no-rise");
    expect(decision(noisy(rise(0, 60), { length: 60, deviation: 0.03, seed: 7 }))).not.toBe(
      "reached",
    );
    expect(decision([...series, { step: 1e6, value: Number.NaN }])).toBe("not-finite");
  });

  it("takes an exactly level end for one, an exact line or constant not", () => {
    const exact = (curve: (i: number) => number) =>
      Array.from({ length: 40 }, (_, i) => ({ step: 10 * i, value: curve(i) }));
    expect(plateauReached(exact(rise(0, 15)))).toMatchObject({ reached: true, since: 150 });
    expect(plateauReached(exact(rise(0, 40))).reached).toBe(false);
    expect(plateauReached(exact(() => 3)).decision).toBe("no-rise");
    expect(
      plateauReached(
        exact(() => 3),
        { after: "any" },
      ).reached,
    ).toBe(true);
  });

  it("has parameters that are plain data, and refuses what makes no sense", () => {
    expect(JSON.parse(JSON.stringify(plateauTestDefaults))).toEqual(plateauTestDefaults);
    expect(() => plateauReached(series, { window: 5 })).toThrow(/window .* 5; .* from 6 on/);
    expect(() => plateauReached(series, { drift: 0 })).toThrow(/drift .* is 0/);
    expect(() => plateauReached(series, { significance: 0.5 })).toThrow(RangeError);
    expect(() => plateauReached([...series, series[0]!])).toThrow(/steps must increase/);
  });
});
