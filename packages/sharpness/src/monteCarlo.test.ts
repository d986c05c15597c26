import { MonteCarlo } from "@eoss/sharpness";
import { expect, it } from "vitest";

it("gives mean and standard error, also of values far from zero", () => {
  const estimate = new MonteCarlo();
  expect(estimate.mean).toBeNaN();
  expect(estimate.standardError).toBe(Number.POSITIVE_INFINITY);
  for (const value of [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]) estimate.add(value);
  expect(estimate.mean).toBe(1e9 + 10);
  expect(estimate.standardError).toBeCloseTo(Math.sqrt(30 / 4), 10);
});
