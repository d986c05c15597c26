import { describe, expect, it } from "vitest";
import { squaredCosineError } from "./squaredCosineError.js";

describe("squaredCosineError", () => {
  // Two directions in a plane, each turned by as much as it may be.
  const worst = (phi: number, ...angles: number[]) => {
    const off = angles.reduce((sum, angle) => sum + angle, 0);
    const turns = Array.from({ length: 2001 }, (_, k) => off * (k / 1000 - 1));
    const within = (x: number) => Math.abs(Math.cos(x) ** 2 - Math.cos(phi) ** 2);
    return Math.max(...turns.map((turn) => within(phi + turn)));
  };

  it.each([
    [0.7, 0.1, 0.05],
    [0.01, 0.2, 0.1],
    [1.56, 0.1, 0],
    [0, 0.3, 0],
    [0.3, 0.5, 0.2],
  ])("at the angle %f, directions off by %f and %f", (phi, a, b) => {
    const bound = squaredCosineError(Math.cos(phi) ** 2, Math.sin(a), Math.sin(b));
    expect(bound).toBeCloseTo(worst(phi, a, b), 5);
    expect(bound).toBeLessThanOrEqual(Math.sin(a) + Math.sin(b));
  });

  it("says nothing where the directions are unknown, and is 0 where they are known", () => {
    expect(squaredCosineError(0.3, 1)).toBeCloseTo(0.7, 12);
    expect(squaredCosineError(0.3, 0)).toBeCloseTo(0, 12);
    expect(squaredCosineError(Number.NaN, 0.1)).toBeNaN();
  });
});
