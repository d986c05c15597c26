import { describe, expect, it } from "vitest";
import { autoregressive, every } from "./ar1.fixture.js";
import { findChangePoint } from "./changePoint.js";
import { plateau } from "./plateau.js";
import { type PlateauOnset, plateauOnset } from "./plateauOnset.js";
import { noisy, rise } from "./series.fixture.js";

const runs = 400;
const results = (curve: (point: number) => number, length: number): PlateauOnset[] =>
  Array.from({ length: runs }, (_, seed) =>
    plateauOnset(noisy(curve, { length, deviation: 0.03, seed })),
  );
const share = (all: readonly PlateauOnset[], holds: (result: PlateauOnset) => boolean) =>
  all.filter(holds).length / all.length;

describe("plateauOnset: simulated with correlated noise", () => {
  const level = results(rise(0, 50), 150).filter(({ status }) => status === "level");

  it("finds the step where the level begins", () => {
    expect(level.length / runs).toBeGreaterThan(0.85);
    const covers = ({ sinceInterval: [first, last] = [0, 0] }: PlateauOnset) =>
      first <= 5000 && 5000 <= last;
    expect(share(level, covers)).toBeGreaterThan(0.85);
  });

  it("has an interval of the step that is no larger than it must be", () => {
    // Ten points earlier or later lies outside as a rule.
    for (const wrong of [4000, 6000]) {
      const covers = ({ sinceInterval: [first, last] = [0, 0] }: PlateauOnset) =>
        first <= wrong && wrong <= last;
      expect(share(level, covers)).toBeLessThan(0.2);
    }
  });

  it("says of a rise or fall that goes on that it does", () => {
    for (const curve of [rise(0, 100), (i: number) => 1.2 - rise(0, 100)(i)]) {
      const found = results(curve, 100);
      expect(share(found, ({ status }) => status === "drifting")).toBeGreaterThan(0.75);
      expect(share(found, ({ status }) => status === "level")).toBeLessThan(0.1);
    }
  });

  it("says of the level what `plateau` says", () => {
    for (let seed = 0; seed < 20; seed++) {
      const series = noisy(rise(0, 50), { length: 150, deviation: 0.03, seed });
      const { since, sinceInterval, ...rest } = plateauOnset(series);
      expect(rest).toEqual(plateau(series));
    }
  });
});

// The significance of a change point is 1 %.
describe("a change point: how often noise without one gets one", () => {
  const runs = 1000;
  const share = (length: number, rho: number) => {
    let count = 0;
    for (let seed = 0; seed < runs; seed++) {
      const series = every(100, autoregressive(length, rho, seed));
      if (findChangePoint(series, "rise", 0.01) ?? findChangePoint(series, "fall", 0.01)) count++;
    }
    return count / runs;
  };

  it.each([
    [0, 0.02],
    [0.5, 0.04],
    [0.9, 0.06],
    [0.99, 0.06],
  ])("correlation %d: at most %d", (rho, most) => {
    for (const length of [25, 50, 100, 200]) expect(share(length, rho)).toBeLessThan(most);
  });

  it.each([15, 25, 50, 150])("and a rise over a third of %i points always", (length) => {
    for (let seed = 0; seed < 200; seed++) {
      const series = noisy(rise(0, length / 3), { length, deviation: 0.03, seed });
      expect(findChangePoint(series, "rise", 0.01)).toBeDefined();
    }
  });
});

describe("plateauOnset: exact curves", () => {
  const exact = (curve: (i: number) => number, length: number) =>
    Array.from({ length }, (_, i) => ({ step: 10 * i, value: curve(i) }));

  it("finds the knot itself", () => {
    expect(plateauOnset(exact(rise(0, 15), 40))).toMatchObject({
      status: "level",
      since: 150,
      sinceInterval: [150, 150],
    });
    expect(plateauOnset(exact((i) => -rise(0, 15)(i), 40))).toMatchObject({ since: 150 });
    expect(plateauOnset(exact(() => 3, 40)).since).toBeUndefined();
  });

  it("leaves out what has no value yet, and looks for no change point where one is missing later", () => {
    const late = plateauOnset(exact((i) => (i < 3 ? Number.NaN : rise(0, 15)(i)), 40));
    expect(late).toMatchObject({ status: "level", since: 150 });
    const hole = plateauOnset(exact((i) => (i === 20 ? Number.NaN : rise(0, 15)(i)), 40));
    expect(hole.status).toBe("level");
    expect(hole.since).toBeUndefined();
    expect(plateauOnset(exact(() => Number.NaN, 40)).status).toBe("not-finite");
    expect(plateauOnset(exact((i) => (i < 38 ? 1 : Number.NaN), 40)).status).toBe("not-finite");
  });

  it("marks what has no level", () => {
    expect(plateauOnset([])).toMatchObject({ status: "too-few-points", points: 0 });
    expect(plateauOnset(exact(rise(0, 38), 40)).status).toBe("drifting");
    expect(() => plateauOnset([...exact(() => 1, 3), { step: 5, value: 1 }])).toThrow(
      /must increase/,
    );
  });
});
