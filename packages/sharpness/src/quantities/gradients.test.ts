import "@tensorflow/tfjs-backend-cpu";
import { stream } from "@eoss/rng";
import { type MeasureOptions, measure, quantityByName } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import {
  allBatches,
  type Bilinear,
  bilinearExample,
  combine,
  completeProblem,
  disposeProblem,
  dot,
  eigenvalues,
  type Matrix,
  mean,
  meanOver,
  outer,
  range,
  sampleGaussNewton,
  sampleGradient,
  sampleHessian,
  sampleLoss,
  times,
  zScore,
} from "../fixtures/bilinear.fixture.js";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

const n = 6;
const b = 2;
const eta = 0.1;
const network = bilinearExample(n);
const batches = allBatches(n, b);
const whole = range(n);
const options: MeasureOptions = {
  tolerance: 0.03,
  maxBatches: 3000,
  stream: stream(31, "measurement"),
};

async function measured(...names: string[]) {
  const problem = completeProblem(network, b);
  try {
    return await measure(problem, names.map(quantityByName), options);
  } finally {
    disposeProblem(problem);
  }
}

type Samples = readonly number[];
const gradientOf = (samples: Samples, at = network) =>
  meanOver<number[]>(samples, (k) => sampleGradient(at, k));
const hessianOf = (samples: Samples) => meanOver<Matrix>(samples, (k) => sampleHessian(network, k));
const gaussNewtonOf = (samples: Samples) =>
  meanOver<Matrix>(samples, (k) => sampleGaussNewton(network, k));
const lossOf = (samples: Samples, at = network) => meanOver(samples, (k) => sampleLoss(at, k));
const overBatches = (of: (samples: Samples) => number) => mean(batches.map(of));
const g = gradientOf(whole);
const minus = (x: number[], y: number[]) => x.map((value, i) => value - y[i]!);

/** The network at θ − η·direction. */
function moved(direction: readonly number[]): Bilinear {
  const step = (values: readonly number[], from: number) =>
    values.map((value, i) => value - eta * direction[from + i]!);
  return { ...network, a: step(network.a, 0), b: step(network.b, network.a.length) };
}

describe("means over batches, against every batch there is", () => {
  const quadratic = (samples: Samples, matrix: Matrix) =>
    dot(gradientOf(samples), times(matrix, gradientOf(samples)));

  it.each<{ name: string; exact: number; wrong: number }>([
    {
      name: "gni",
      exact: overBatches((s) => quadratic(s, hessianOf(whole))) / dot(g, g),
      wrong: overBatches((s) => quadratic(s, hessianOf(s))) / dot(g, g),
    },
    {
      name: "interaction-sharpness",
      exact:
        overBatches((s) => quadratic(s, hessianOf(whole))) /
        overBatches((s) => dot(gradientOf(s), gradientOf(s))),
      wrong: overBatches((s) => quadratic(s, hessianOf(whole))) / dot(g, g),
    },
    {
      name: "gradient-noise",
      exact: overBatches((s) => dot(minus(gradientOf(s), g), minus(gradientOf(s), g))),
      wrong: overBatches((s) => dot(gradientOf(s), gradientOf(s))),
    },
    {
      name: "one-step-loss-change",
      exact: overBatches((s) => lossOf(s, moved(gradientOf(s))) - lossOf(s)),
      wrong: overBatches((s) => lossOf(whole, moved(gradientOf(s))) - lossOf(whole)),
    },
    {
      name: "expected-loss-change",
      exact: overBatches((s) => lossOf(whole, moved(gradientOf(s))) - lossOf(whole)),
      wrong: overBatches((s) => lossOf(s, moved(gradientOf(s))) - lossOf(s)),
    },
  ])("$name", async ({ name, exact, wrong }) => {
    const [result] = await measured(name);
    expect(zScore(result!, exact)).toBeLessThan(3.5);
    expect(zScore(result!, wrong)).toBeGreaterThan(5);
    expect(result!.status).toBe("converged");
  });

  it("gauss-newton-batch-sharpness: without what residuals add to H", async () => {
    const problem = completeProblem(network, b);
    const asked = [quantityByName("gauss-newton-batch-sharpness")];
    const [result] = await measure(problem, asked, { ...options, tolerance: 0.015 });
    disposeProblem(problem);
    const of = (matrixOf: (samples: Samples) => Matrix) =>
      overBatches((s) => quadratic(s, matrixOf(s)) / dot(gradientOf(s), gradientOf(s)));
    expect(zScore(result!, of(gaussNewtonOf))).toBeLessThan(3.5);
    expect(zScore(result!, of(hessianOf))).toBeGreaterThan(5);
  });

  it("one-step-loss-change: with the terms of its Taylor series", async () => {
    const [result] = await measured("one-step-loss-change");
    const { first, second, rest } = result!.parts!;
    const exactFirst = -eta * overBatches((s) => dot(gradientOf(s), gradientOf(s)));
    const exactSecond = (eta ** 2 / 2) * overBatches((s) => quadratic(s, hessianOf(s)));
    expect(zScore(first as never, exactFirst)).toBeLessThan(3.5);
    expect(zScore(second as never, exactSecond)).toBeLessThan(3.5);
    const sum = [first, second, rest].reduce((total, term) => total + (term!.value as number), 0);
    expect(sum).toBeCloseTo(result!.value, 9);
  });

  it("one-step-loss-change: good enough against its first term, for at the edge the sum is zero", async () => {
    const [result] = await measured("one-step-loss-change");
    const { first } = result!.parts!;
    const relative = result!.standardError! / Math.abs(first!.value as number);
    expect(relative).toBeLessThanOrEqual(0.03);
    expect(result!.standardError! / Math.abs(result!.value)).toBeGreaterThan(0.03);
  });

  it("gradient-noise: also relative to the squared gradient of the whole loss", async () => {
    const [result] = await measured("gradient-noise");
    const { relative } = result!.parts!;
    expect((relative!.value as number) / (result!.value / dot(g, g))).toBeCloseTo(1, 5);
  });
});

describe("of the whole loss, against closed forms", () => {
  it("gradient-norm", async () => {
    const [result] = await measured("gradient-norm");
    expect(Math.abs(result!.value - Math.sqrt(dot(g, g)))).toBeLessThan(result!.errorBound!);
    expect(result).toMatchObject({ products: 1, status: "exact" });
  });

  it("step-batch-sharpness: of the batch of the next step", async () => {
    const [result] = await measured("step-batch-sharpness");
    const batch = [n - 1, n - 2];
    const slope = gradientOf(batch);
    const exact = dot(slope, times(hessianOf(batch), slope)) / dot(slope, slope);
    expect(Math.abs(result!.value - exact)).toBeLessThan(result!.errorBound!);
    expect(result!.value / exact).toBeCloseTo(1, 5);
  });

  it("full-one-step-loss-change: change and Taylor terms", async () => {
    const [result] = await measured("full-one-step-loss-change");
    const change = lossOf(whole, moved(g)) - lossOf(whole);
    expect(Math.abs(result!.value - change)).toBeLessThan(result!.errorBound!);
    const { first, second, rest } = result!.parts!;
    const exact = [-eta * dot(g, g), (eta ** 2 / 2) * dot(g, times(hessianOf(whole), g))];
    expect((first!.value as number) / exact[0]!).toBeCloseTo(1, 5);
    expect((second!.value as number) / exact[1]!).toBeCloseTo(1, 5);
    const left = change - exact[0]! - exact[1]!;
    expect(Math.abs((rest!.value as number) - left)).toBeLessThan(rest!.errorBound as number);
    expect(Math.abs(left)).toBeGreaterThan(10 * (rest!.errorBound as number));
  });

  it("gradient-noise-top: the eigenvalues of the covariance over every batch", async () => {
    const [result] = await measured("gradient-noise-top");
    const noise = batches.map((s) => minus(gradientOf(s), g));
    const covariance = noise
      .map((x) => outer(x, x).map((row) => row.map((value) => value / batches.length)))
      .reduce((sum, matrix) => combine(sum, matrix, (x, y) => x + y));
    const exact = eigenvalues(covariance);
    const { value, errorBound } = result!.parts!.eigenvalues!;
    for (const i of range(5)) {
      const error = Math.abs((value as number[])[i]! - exact[i]!);
      expect(error).toBeLessThan((errorBound as number[])[i]! + 1e-5 * exact[0]!);
      expect(error).toBeLessThan(2e-3 * exact[0]!);
    }
  });
});
