import { describe, expect, it } from "vitest";
import { lossAt, mannerOf, positionAt } from "../src/lesson/models/parabola.js";
import { lossOf, pathFrom, sharpnessOf, stepFrom } from "../src/lesson/models/valley.js";

describe("the parabola", () => {
  it("has the positions of gradient descent, step by step", () => {
    for (const [curvature, rate] of [
      [2, 0.1],
      [2, 0.85],
      [3, 2 / 3],
      [2, 1.2],
    ] as const) {
      let x = 1.3;
      for (let t = 0; t < 12; t++) {
        expect(positionAt({ curvature, rate, start: 1.3 }, t)).toBeCloseTo(x, 10);
        // The slope of the loss, by a difference that is exact for a parabola.
        const slope = lossAt({ curvature }, x + 0.5) - lossAt({ curvature }, x - 0.5);
        x -= rate * slope;
      }
    }
  });

  it("is stable below 2/λ and only there, and swings from 1/λ on", () => {
    for (const curvature of [1, 1.3, 2, 3, 4.7, 5]) {
      const manner = (multiple: number) =>
        mannerOf({ curvature, rate: multiple / curvature, start: 1 });
      expect([0.3, 1, 1.3, 1.999, 2, 2.001].map(manner)).toEqual([
        "one side",
        "at once",
        "shrinking swings",
        "shrinking swings",
        "steady swings",
        "growing swings",
      ]);
    }
  });
});

describe("the valley of f = ab", () => {
  const PLACES = [
    { a: 2.7, b: 0.5 },
    { a: 1, b: 1 },
    { a: -0.4, b: 1.7 },
    { a: 0, b: 0 },
    { a: 0.3, b: -2 },
  ];

  it("has the top eigenvalue of the Hessian by differences of the loss", () => {
    const h = 1e-4;
    for (const { a, b } of PLACES) {
      const loss = (da: number, db: number) => lossOf({ a: a + da * h, b: b + db * h });
      const along = (da: number, db: number) =>
        (loss(da, db) - 2 * loss(0, 0) + loss(-da, -db)) / h ** 2;
      const [aa, bb] = [along(1, 0), along(0, 1)];
      const ab = (along(1, 1) - along(1, -1)) / 4;
      const top = (aa + bb) / 2 + Math.sqrt(((aa - bb) / 2) ** 2 + ab ** 2);
      expect(sharpnessOf({ a, b })).toBeCloseTo(top, 5);
    }
  });

  it("is 2(a² + b²) sharp at its minima", () => {
    for (const a of [0.4, 1, 2.5]) {
      expect(sharpnessOf({ a, b: 1 / a })).toBeCloseTo(2 * (a ** 2 + a ** -2), 12);
    }
  });

  it("steps down the slope that differences of the loss give", () => {
    const h = 1e-5;
    for (const { a, b } of PLACES) {
      const [next, rate] = [stepFrom({ a, b }, 0.1), 0.1];
      const slopeA = (lossOf({ a: a + h, b }) - lossOf({ a: a - h, b })) / (2 * h);
      const slopeB = (lossOf({ a, b: b + h }) - lossOf({ a, b: b - h })) / (2 * h);
      expect(next.a).toBeCloseTo(a - rate * slopeA, 7);
      expect(next.b).toBeCloseTo(b - rate * slopeB, 7);
    }
  });

  it("multiplies a² − b² by 1 − 4η²(ab − 1)² at each step", () => {
    const rate = 0.2;
    const path = pathFrom({ a: 2.7, b: 0.5 }, rate, 60);
    path.slice(1).forEach((next, t) => {
      const { a, b } = path[t]!;
      const factor = 1 - 4 * rate ** 2 * (a * b - 1) ** 2;
      expect(next.a ** 2 - next.b ** 2).toBeCloseTo((a ** 2 - b ** 2) * factor, 10);
    });
  });

  it("ends where the sharpness is below 2/η, from minima where it is not", () => {
    for (const rate of [0.15, 0.2, 0.3, 0.4]) {
      const a = Math.sqrt(1.3 / rate);
      const start = { a, b: 1 / a + 0.01 };
      expect(sharpnessOf(start)).toBeGreaterThan(2 / rate);
      const last = pathFrom(start, rate, 2000).at(-1)!;
      expect(lossOf(last)).toBeLessThan(1e-9);
      expect(sharpnessOf(last)).toBeLessThan(2 / rate);
    }
  });

  it("ends its path where the weights leave every bound", () => {
    const path = pathFrom({ a: 3, b: 3 }, 0.49, 60);
    expect(path.length).toBeLessThan(61);
    expect(path.every(({ a, b }) => Number.isFinite(a) && Number.isFinite(b))).toBe(true);
  });
});
