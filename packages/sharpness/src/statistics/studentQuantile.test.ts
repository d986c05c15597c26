import { expect, it } from "vitest";
import { studentQuantile } from "./studentQuantile.js";

// One and two degrees have closed forms: tan(π(p − ½)), and a·√(2/(1 − a²)) with a = 2p − 1.
it("is that of Cauchy's distribution with one degree of freedom, and closed with two", () => {
  for (const p of [0.001, 0.3, 0.5, 0.9, 0.9995]) {
    const a = 2 * p - 1;
    expect(studentQuantile(p, 1) / (Math.tan(Math.PI * (p - 0.5)) || 1)).toBeCloseTo(
      +(a !== 0),
      10,
    );
    expect(studentQuantile(p, 2) / (a * Math.sqrt(2 / (1 - a * a)) || 1)).toBeCloseTo(
      +(a !== 0),
      10,
    );
  }
});

it("agrees with printed tables", () => {
  expect(studentQuantile(0.975, 3)).toBeCloseTo(3.18245, 5);
  expect(studentQuantile(0.975, 8)).toBeCloseTo(2.306, 5);
  expect(studentQuantile(0.995, 10)).toBeCloseTo(3.16927, 5);
  expect(studentQuantile(0.01, 5)).toBeCloseTo(-3.36493, 5);
  expect(studentQuantile(0.95, 120)).toBeCloseTo(1.65765, 5);
});

it("refuses what has no quantile", () => {
  expect(() => studentQuantile(1, 4)).toThrow(/in \(0, 1\), not 1/);
  expect(() => studentQuantile(0.5, 2.5)).toThrow(/not 2.5/);
});
