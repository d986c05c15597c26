import "@tensorflow/tfjs-backend-cpu";
import { matrixBernstein } from "@eoss/eigen";
import { stream } from "@eoss/rng";
import { bernsteinBound, staticCurve } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import {
  allBatches,
  bilinearExample,
  bilinearProblem,
  combine,
  disposeProblem,
  eigenvalues,
  type Matrix,
  mean,
  meanOver,
  product,
  range,
  sampleHessian,
  zScore,
} from "../fixtures/bilinear.fixture.js";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

const n = 10;
const network = bilinearExample(n);
const options = { tolerance: 0.05, maxBatches: 600, stream: stream(51, "measurement") };
const hessianOf = (samples: readonly number[]) =>
  meanOver<Matrix>(samples, (k) => sampleHessian(network, k));
const top = (matrix: Matrix) => eigenvalues(matrix)[0]!;
const whole = hessianOf(range(n));
const minibsAt = (b: number) => mean(allBatches(n, b).map((batch) => top(hessianOf(batch))));

describe("staticCurve", () => {
  it("gives MiniBS and gap at each batch size, and their law", async () => {
    const problem = bilinearProblem(network, 1);
    const before = tf.memory().numTensors;
    const curve = await staticCurve(problem, { ...options, batchSizes: [4, 1, 2, 10] });
    expect(tf.memory().numTensors).toBe(before);
    disposeProblem(problem);
    expect(curve.points.map(({ batchSize }) => batchSize)).toEqual([1, 2, 4, 10]);
    for (const { batchSize, minibs, gap } of curve.points.slice(0, 3)) {
      expect(zScore(minibs, minibsAt(batchSize))).toBeLessThan(3.5);
      const exact = minibsAt(batchSize) - top(whole);
      expect(zScore(gap, exact)).toBeLessThan(3.5);
      expect(zScore(gap, minibsAt(batchSize))).toBeGreaterThan(5);
    }
    const last = curve.points.at(-1)!;
    expect(last.gap.value).toBeCloseTo(0, 3);
    expect(last.gap.standardError).toBe(0);
    // The exponents of the exact gaps lie within what the fits state; the full batch is in none.
    const gaps = [1, 2, 4].map((b) => minibsAt(b) - top(whole));
    const slopeOf = (values: number[]) => Math.log(values[0]! / values[2]!) / Math.log(4);
    for (const [fit, values] of [
      [curve.plain!, gaps],
      [curve.corrected!, gaps.map((g, i) => (g * 9) / (n - [1, 2, 4][i]!))],
    ] as const) {
      expect(fit.fitted).toEqual([1, 2, 4]);
      expect(Math.abs(fit.exponent - slopeOf([...values]))).toBeLessThan(5 * fit.standardError);
      expect(fit.systematic).toBeLessThan(0.2);
      expect(fit.systematic).toBeGreaterThan(0);
    }
    expect(curve.plain!.exponent).toBeGreaterThan(curve.corrected!.exponent);
  });

  it("refuses batch sizes that cannot be drawn", async () => {
    const problem = bilinearProblem(network, 1);
    const curve = staticCurve(problem, { ...options, batchSizes: [1, 11] });
    await expect(curve).rejects.toThrow(/integers from 1 to n = 10, got \[1,11\]/);
    disposeProblem(problem);
  });
});

describe("bernsteinBound", () => {
  const deviations = range(n).map((k) =>
    combine(sampleHessian(network, k), whole, (x, y) => x - y),
  );
  const variance = top(meanOver<Matrix>(range(n), (k) => product(deviations[k]!, deviations[k]!)));
  const spectralNorm = (matrix: Matrix) => Math.max(...eigenvalues(matrix).map(Math.abs));

  it("over all samples: σ² and R as dense matrices have them, and a bound of every gap", async () => {
    const problem = bilinearProblem(network, 1);
    const bound = await bernsteinBound(problem, { ...options, samples: 99 });
    disposeProblem(problem);
    expect(bound).toMatchObject({ dimension: 6, samples: n, kind: "bound" });
    expect(bound.variance).toBeGreaterThanOrEqual(variance * (1 - 1e-5));
    expect(bound.variance / variance).toBeLessThan(1.02);
    const norms = range(n).map((k) => spectralNorm(sampleHessian(network, k)));
    const radius = Math.max(...norms) + spectralNorm(whole);
    expect(bound.radius / radius).toBeGreaterThan(1 - 1e-5);
    expect(bound.radius / radius).toBeLessThan(1.02);
    expect(bound.radius).toBeGreaterThan(Math.max(...deviations.map(spectralNorm)));
    for (const b of [1, 2, 4]) {
      const { variance, radius } = bound;
      expect(bound.at(b)).toBe(matrixBernstein({ dimension: 6, samples: b, variance, radius }));
      const deviation = mean(
        allBatches(n, b).map((s) => spectralNorm(combine(hessianOf(s), whole, (x, y) => x - y))),
      );
      expect(bound.at(b)).toBeGreaterThan(deviation);
    }
  });

  it("over some samples: an estimate, and called so", async () => {
    const problem = bilinearProblem(network, 1);
    const few = await bernsteinBound(problem, { ...options, samples: 4 });
    disposeProblem(problem);
    expect(few).toMatchObject({ samples: 4, kind: "estimate" });
    expect(few.variance).not.toBeCloseTo(variance, 3);
  });
});
