import { type RandomStream, stream } from "@eoss/rng";
import { expect, it } from "vitest";
import {
  errorOf,
  halfWidth,
  MIN_BATCHES,
  marginOf,
  marginOfDependentSum,
  marginOfRatio,
  marginOfSum,
  quantile,
  widened,
} from "./interval.js";
import { MonteCarlo } from "./monteCarlo.js";

it("has Student's and the normal quantile of printed tables", () => {
  expect(quantile(7)).toBeCloseTo(2.36462, 5);
  expect(quantile(Number.POSITIVE_INFINITY)).toBeCloseTo(1.959963985, 9);
  expect(quantile(Number.POSITIVE_INFINITY, 0.9973002039)).toBeCloseTo(3, 7);
  expect(quantile(100_000)).toBeCloseTo(quantile(Number.POSITIVE_INFINITY), 4);
  expect(halfWidth(0, 1)).toBe(0);
});

it("prefers the margin of a record, and takes a bare standard error for one of few values", () => {
  expect(marginOf({ margin: 0.3, standardError: 0.1 })).toBe(0.3);
  expect(marginOf({ standardError: 0.1 })).toBeCloseTo(0.236462, 6);
  expect(errorOf({ standardError: 0.1, errorBound: 0.5 })).toBeCloseTo(0.736462, 6);
  expect(errorOf({ errorBound: 0.5 })).toBe(0.5);
  expect(errorOf({})).toBeNull();
  expect(widened(0.3, 3)).toBeCloseTo((0.3 * 3) / 1.959963985, 9);
  expect(widened(0.3, 1)).toBe(0.3);
});

it("of a ratio is where a − r′b may still be zero, and unknown where b may be", () => {
  // |a| ± 1 over |b| ± 2: 11/8 is the farthest from 10/10
  expect(marginOfRatio({ value: -10, margin: 1 }, { value: 10, margin: 2 })).toBeCloseTo(0.375, 12);
  expect(marginOfRatio({ value: 10, margin: 1 }, { value: 2, margin: 2 })).toBe(
    Number.POSITIVE_INFINITY,
  );
});

const normal = (noise: RandomStream, i: number) => noise.normalAt(i);
/** Skew: mean 0, deviation 1, skewness 2. */
const exponential = (noise: RandomStream, i: number) => -Math.log(1 - noise.uniformAt(i)) - 1;

const RUNS = 2000;
const DEVIATION = Math.sqrt((0.95 * 0.05) / RUNS);
const estimate = (noise: RandomStream, count: number, deviate: typeof normal, from = 0) => {
  const mean = new MonteCarlo();
  for (let i = 0; i < count; i++) mean.add(1 + 0.3 * deviate(noise, from + i));
  return mean;
};
const share = (holds: (noise: RandomStream) => boolean) =>
  Array.from({ length: RUNS }, (_, seed) => holds(stream(seed, "interval"))).filter(Boolean)
    .length / RUNS;

it("of a mean of eight values holds in 95 %, of skew ones in 90 %; 1.96 standard errors do not", () => {
  const covers = (deviate: typeof normal) =>
    share((noise) => {
      const mean = estimate(noise, MIN_BATCHES, deviate);
      return Math.abs(mean.mean - 1) <= mean.margin;
    });
  const naive = (deviate: typeof normal) =>
    share((noise) => {
      const mean = estimate(noise, MIN_BATCHES, deviate);
      return Math.abs(mean.mean - 1) <= quantile(Number.POSITIVE_INFINITY) * mean.standardError;
    });
  expect(covers(normal)).toBeGreaterThan(0.95 - 4 * DEVIATION);
  expect(covers(exponential)).toBeGreaterThan(0.9);
  expect(naive(normal)).toBeLessThan(0.95 - 4 * DEVIATION);
  expect(naive(exponential)).toBeLessThan(0.87);
});

it("of a bare standard error of eight values holds as often", () => {
  const covers = share((noise) => {
    const { mean, standardError } = estimate(noise, MIN_BATCHES, normal);
    return Math.abs(mean - 1) <= marginOf({ standardError });
  });
  expect(covers).toBeGreaterThan(0.95 - 4 * DEVIATION);
});

it("of sums and ratios holds at least as often, of shared batches too", () => {
  const independent = share((noise) => {
    const a = estimate(noise, MIN_BATCHES, normal);
    const b = estimate(noise, 2 * MIN_BATCHES, normal, 1000);
    return Math.abs(a.mean - b.mean) <= marginOfSum(a.margin, b.margin);
  });
  const shared = share((noise) => {
    const a = estimate(noise, MIN_BATCHES, normal);
    // The same batches, the other way round: the worst correlation that a difference may have.
    const b = 2 - a.mean;
    return Math.abs(a.mean - b) <= marginOfDependentSum(a.margin, a.margin);
  });
  const ratios = share((noise) => {
    const a = estimate(noise, MIN_BATCHES, normal);
    const b = estimate(noise, MIN_BATCHES, normal, 1000);
    const of = (x: MonteCarlo) => ({ value: x.mean, margin: x.margin });
    return Math.abs(a.mean / b.mean - 1) <= marginOfRatio(of(a), of(b));
  });
  for (const covered of [independent, shared, ratios]) {
    expect(covered).toBeGreaterThan(0.95 - 4 * DEVIATION);
  }
});
