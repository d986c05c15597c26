import "@tensorflow/tfjs-backend-cpu";
import { stream } from "@eoss/rng";
import { measure, quantityByName, ratioOfMeans } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import {
  allBatches,
  bilinearExample,
  bilinearProblem,
  disposeProblem,
  type Matrix,
  meanOver,
  range,
  sampleGradient,
  sampleHessian,
  times,
} from "../fixtures/bilinear.fixture.js";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

const n = 8;
const b = 2;
const network = bilinearExample(n);
const dot = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;

/** gᵀHg and ‖g‖² of a mean over samples. */
function alongGradient(samples: readonly number[]) {
  const g = meanOver<number[]>(samples, (k) => sampleGradient(network, k));
  const h = meanOver<Matrix>(samples, (k) => sampleHessian(network, k));
  return { quadratic: dot(g, times(h, g)), square: dot(g, g) };
}

describe("sharpness along gradients", () => {
  const each = allBatches(n, b).map(alongGradient);
  const ofRatios = mean(each.map(({ quadratic, square }) => quadratic / square));
  const ofMeans =
    mean(each.map(({ quadratic }) => quadratic)) / mean(each.map(({ square }) => square));

  it("step-sharpness: gᵀHg/‖g‖² of the whole loss", async () => {
    const problem = bilinearProblem(network, b);
    const [measured] = await measure(problem, [quantityByName("step-sharpness")], {
      tolerance: 0.02,
      maxBatches: 8,
      stream: stream(1, "measurement"),
    });
    disposeProblem(problem);
    const { quadratic, square } = alongGradient(range(n));
    expect(measured!.value / (quadratic / square)).toBeCloseTo(1, 5);
    expect(measured).toMatchObject({ products: 1, samples: n, status: "exact" });
  });

  it("batch-sharpness is the mean of ratios, batch-sharpness-ratio the ratio of means", async () => {
    const problem = bilinearProblem(network, b);
    const names = ["batch-sharpness", "batch-sharpness-ratio"];
    const [ratios, means] = await measure(problem, names.map(quantityByName), {
      tolerance: 0.02,
      maxBatches: 4000,
      stream: stream(2, "measurement"),
    });
    disposeProblem(problem);
    expect(Math.abs(ratios!.value - ofRatios) / ratios!.standardError!).toBeLessThan(3.5);
    expect(Math.abs(means!.value - ofMeans) / means!.standardError!).toBeLessThan(3.5);
    expect(Math.abs(ratios!.value - ofMeans) / ratios!.standardError!).toBeGreaterThan(5);
    expect(Math.abs(means!.value - ofRatios) / means!.standardError!).toBeGreaterThan(5);
    // 1e-4 of ‖Hg‖/‖g‖, which is somewhat more than gᵀHg/‖g‖² here.
    expect(means!.errorBound! / means!.value).toBeGreaterThan(1e-4);
    expect(means!.errorBound! / means!.value).toBeLessThan(1.5e-4);
    // Where both are measured, one product serves both.
    const most = Math.max(ratios!.batches!.length, means!.batches!.length);
    expect(ratios!.products + means!.products).toBe(most);
  });
});

describe("ratioOfMeans", () => {
  /** Pairs (x, y) with E x / E y = 2, spread and correlated. */
  function pairs(seed: number, m: number) {
    const noise = stream(seed, "pairs");
    const y = range(m).map((k) => 3 + noise.uniformAt(2 * k));
    const x = y.map((value, k) => 2 * value + noise.normalAt(100_000 + k));
    return { x, y };
  }

  it("has the ratio for its mean", () => {
    const { x, y } = pairs(1, 50);
    expect(ratioOfMeans(x, y).mean).toBeCloseTo(mean(x) / mean(y), 12);
  });

  it("has a standard error that fits its spread, unlike that of independent means", () => {
    const m = 100;
    const trials = 2000;
    let chi = 0;
    let naive = 0;
    for (let seed = 0; seed < trials; seed++) {
      const { x, y } = pairs(seed, m);
      const estimate = ratioOfMeans(x, y);
      const error = estimate.mean - 2;
      chi += (error / estimate.standardError) ** 2 / trials;
      const relative = (values: number[]) =>
        mean(values.map((v) => (v - mean(values)) ** 2)) / (m * mean(values) ** 2);
      naive += error ** 2 / (4 * (relative(x) + relative(y))) / trials;
    }
    // z² has mean 1 and variance 2: its mean over the trials is 1 ± √(2/trials), hence z below.
    const deviation = Math.sqrt(2 / trials);
    expect(Math.abs(chi - 1) / deviation).toBeLessThan(4);
    expect(Math.abs(naive - 1) / deviation).toBeGreaterThan(10);
  });
});
