import { describe, expect, it } from "vitest";
import { DrawnClouds, DrawnLine, DrawnMeans } from "../src/playground/run/drawn.js";

interface Point {
  readonly step: number;
  readonly value: number;
}

const line = () => new DrawnLine(({ value }: Point) => value);

describe("what is drawn of a long series", () => {
  it("is all of a short one", () => {
    const drawn = line();
    const points = Array.from({ length: 400 }, (_, step) => ({ step, value: Math.sin(step) }));
    for (const point of points) drawn.add(point);
    expect(drawn.points).toEqual(points);
  });

  it("stays as small however long it gets, in order, with both ends", () => {
    const drawn = line();
    const count = 200_000;
    for (let step = 0; step < count; step++) drawn.add({ step, value: Math.sin(step) });
    const { points } = drawn;
    expect(points.length).toBeLessThan(900);
    expect(points.length).toBeGreaterThan(300);
    const steps = points.map(({ step }) => step);
    expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
    expect(steps[0]!).toBeLessThan(count / 100);
    expect(points.at(-1)).toEqual({ step: count - 1, value: Math.sin(count - 1) });
    expect(drawn.last).toBe(points.at(-1));
  });

  it("keeps the highest and the lowest point of every part, and a gap", () => {
    const drawn = line();
    const special = new Map([
      [12_345, 40],
      [54_321, -7],
      [77_777, Number.NaN],
      [90_000, Infinity],
    ]);
    for (let step = 0; step < 100_000; step++)
      drawn.add({ step, value: special.get(step) ?? Math.sin(step) });
    const kept = new Map(drawn.points.map(({ step, value }) => [step, value]));
    for (const [step, value] of special) expect(kept.get(step)).toBe(value);
  });

  it("is means over equal parts where the line is noisy", () => {
    const drawn = new DrawnMeans();
    const values = Array.from({ length: 4096 }, (_, i) => 1 + ((i * 7919) % 13));
    for (const [step, value] of values.entries()) drawn.add({ step, value });
    expect(drawn.points.length).toBeLessThanOrEqual(400);
    for (const { step, value, count } of drawn.points) {
      const mean = values.slice(step, step + count).reduce((sum, each) => sum + each, 0) / count;
      expect(value).toBeCloseTo(mean, 9);
    }
    expect(drawn.points.reduce((sum, { count }) => sum + count, 0)).toBe(values.length);
  });

  it("has no means of what has no logarithm", () => {
    const drawn = new DrawnMeans();
    for (const value of [0, -1, Number.NaN, Infinity, 2]) drawn.add({ step: 1, value });
    expect(drawn.points).toEqual([{ step: 1, value: 2, count: 1 }]);
  });

  it("is some of many clouds, the newest among them", () => {
    const drawn = new DrawnClouds<number>();
    for (let i = 0; i < 10_001; i++) drawn.add([i, i + 0.5]);
    const firsts = drawn.points.filter(Number.isInteger);
    expect(firsts.length).toBeLessThanOrEqual(DrawnClouds.MOST + 1);
    expect(firsts.length).toBeGreaterThan(DrawnClouds.MOST / 2);
    expect(firsts.at(-1)).toBe(10_000);
    const strides = firsts.slice(1, -1).map((first, i) => first - firsts[i]!);
    expect(new Set(strides).size).toBe(1);
  });
});
