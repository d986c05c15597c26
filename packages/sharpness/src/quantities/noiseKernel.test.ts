import "@tensorflow/tfjs-backend-cpu";
import { symmetricEigen } from "@eoss/eigen";
import { mse } from "@eoss/hvp";
import { stream } from "@eoss/rng";
import { sgd } from "@eoss/sgd";
import { type Measurement, measure, quantityByName, type TfjsProblem } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import {
  bilinearExample,
  completeProblem,
  disposeProblem,
  eigenvalues,
  type Matrix,
  meanOver,
  range,
  sampleGaussNewton,
} from "../fixtures/bilinear.fixture.js";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

/** K of eigenvalues. */
function kernelNorm(
  lambdas: readonly number[],
  eta: number,
  n: number,
  b: number,
  classes: number,
) {
  const sum = lambdas.reduce((total, lambda) => total + lambda / (2 - eta * lambda), 0);
  return (eta * ((n - b) / (b * (n - 1))) * sum) / classes;
}

/** One linear output of standard normal features: the tangent kernel's eigenvectors are spread evenly. */
function normalFeatures(n: number, d: number): number[][] {
  const normals = stream(11, "features").normals(n * d);
  return range(n).map((k) => Array.from(normals.subarray(k * d, (k + 1) * d)));
}

/** Eigenvalues and eigenvectors of the tangent kernel 2/n·XXᵀ of mean squared error. */
function kernelOf(x: readonly number[][]) {
  const n = x.length;
  return x.map((row) =>
    x.map((other) => (2 / n) * row.reduce((sum, value, j) => sum + value * other[j]!, 0)),
  );
}

async function measured(
  problem: TfjsProblem,
  learningRate: number,
  seed = 5,
  settings: { top?: number; tolerance?: number } = {},
): Promise<Measurement> {
  const optimizer = sgd;
  const state = { step: 0, start: 0, params: problem.params, slots: {} } as never;
  const asked = { ...problem, update: { learningRate, optimizer, state } };
  const options = { tolerance: 0.05, maxBatches: 64, stream: stream(seed, "m"), ...settings };
  return (await measure(asked, [quantityByName("noise-kernel-norm")], options))[0]!;
}

function linearProblem(x: readonly number[][], batchSize: number): TfjsProblem {
  const d = x[0]!.length;
  const inputs = tf.tensor2d(x as number[][]);
  const rows = (indices: Int32Array) => tf.gather(inputs, tf.tensor1d(indices, "int32"));
  const outputsOf = (indices: Int32Array) => (p: { w: tf.Tensor }) =>
    tf.matMul(rows(indices), p.w as tf.Tensor2D);
  const targetsOf = (indices: Int32Array) => tf.zeros([indices.length, 1]);
  return {
    params: { w: tf.fill([d, 1], 0.1) },
    samples: x.length,
    batchSize,
    head: mse,
    outputsOf,
    targetsOf,
    lossOf: (indices: Int32Array) => (p: { w: tf.Tensor }) =>
      mse(outputsOf(indices)(p), targetsOf(indices)),
  } as TfjsProblem;
}

const within = ({ value, margin = 0, errorBound = 0 }: Partial<Measurement>, exact: number) =>
  Math.abs(value! - exact) <= margin + errorBound;

describe("noise-kernel-norm", () => {
  const [n, b] = [6, 2];
  const network = bilinearExample(n);
  const lambdas = eigenvalues(meanOver<Matrix>(range(n), (k) => sampleGaussNewton(network, k)));

  it.each([0.01, 0.5, 0.9, 0.99])(
    "is the sum over all eigenvalues, η at %f of its edge",
    async (part) => {
      const eta = (2 * part) / lambdas[0]!;
      const problem = completeProblem(network, b);
      const exact = kernelNorm(lambdas, eta, n, b, 2);
      let held = 0;
      for (const seed of range(20)) {
        const result = await measured(problem, eta, seed);
        if (within(result, exact)) held += 1;
        expect(result.value / exact).toBeCloseTo(1, 0);
        expect(result.errorBound!).toBeLessThan(0.02 * exact);
        const trace = result.parts!.trace! as Partial<Measurement>;
        const half = lambdas.reduce((sum, lambda) => sum + lambda, 0) / 2;
        const exactTrace = (eta * ((n - b) / (b * (n - 1))) * half) / 2;
        expect(trace.value! / exactTrace).toBeCloseTo(1, 0);
        const ofTop = kernelNorm([lambdas[0]!], eta, n, b, 2);
        expect((result.parts!.top!.value as number) / ofTop).toBeCloseTo(1, 3);
      }
      // 95 % intervals: of 20, 15 or fewer hold with a probability of 0.3 %.
      expect(held).toBeGreaterThan(15);
      disposeProblem(problem);
    },
  );

  it("takes every eigenvector apart that is measured, and then has less spread", async () => {
    const x = normalFeatures(20, 40);
    const all = symmetricEigen(kernelOf(x)).values;
    const eta = 1.9 / all[0]!;
    const problem = linearProblem(x, 4);
    const exact = kernelNorm([...all], eta, 20, 4, 1);
    const [one, eight] = [
      await measured(problem, eta, 3),
      await measured(problem, eta, 3, { top: 8 }),
    ];
    for (const result of [one, eight]) expect(within(result, exact)).toBe(true);
    expect(eight.standardError! / one.standardError!).toBeLessThan(0.7);
    expect(eight.parts!.top!.value as number).toBeGreaterThan(one.parts!.top!.value as number);
  });

  it("rests on the top eigenvectors alone where these are all there is", async () => {
    const problem = completeProblem(network, b);
    const eta = 1 / lambdas[0]!;
    const exact = kernelNorm(lambdas, eta, n, b, 2);
    let held = 0;
    for (const seed of range(20)) {
      const result = await measured(problem, eta, seed, { top: 3 });
      // What they are lowered to has some spread.
      expect(Math.abs(result.value - exact)).toBeLessThan(0.01 * exact);
      if (within(result, exact)) held += 1;
    }
    expect(held).toBeGreaterThan(15);
    disposeProblem(problem);
  });

  it("is 0 for the full batch, and has no value beyond the edge of the whole loss", async () => {
    const full = completeProblem(network, n);
    expect(await measured(full, 0.1)).toMatchObject({ value: 0, status: "exact" });
    disposeProblem(full);
    const problem = completeProblem(network, b);
    const beyond = await measured(problem, 2.001 / lambdas[0]!);
    expect(beyond).toMatchObject({ value: Number.NaN, status: "not-finite" });
    disposeProblem(problem);
  });

  it("is 1 where the noise of a linear network begins to grow, up to the even spread", () => {
    const [samples, size] = [40, 4];
    const theta = kernelOf(normalFeatures(samples, 160));
    const all = symmetricEigen(theta).values;
    /** By how much E‖r‖² grows a step in the end, from all second moments of r, batches without replacement. */
    const growth = (eta: number) => {
      let moments = range(samples).map((i) => range(samples).map((j) => +(i === j)));
      let factor = 0;
      const [alone, together] = [size / samples, (size * (size - 1)) / (samples * (samples - 1))];
      const scale = (eta * samples) / size;
      for (let step = 0; step < 150; step++) {
        const cross = times(theta, moments);
        const drawn = moments.map((row, i) => row.map((m, j) => m * (i === j ? alone : together)));
        const moved = times(times(theta, drawn), theta);
        const next = moments.map((row, i) =>
          row.map(
            (m, j) =>
              m -
              scale * alone * (cross[i]![j]! + cross[j]![i]!) +
              // Rounding must not leave it unsymmetric: that part would grow.
              (scale ** 2 * (moved[i]![j]! + moved[j]![i]!)) / 2,
          ),
        );
        const total = next.reduce((sum, row, i) => sum + row[i]!, 0);
        factor = total / moments.reduce((sum, row, i) => sum + row[i]!, 0);
        moments = next.map((row) => row.map((m) => m / total));
      }
      return factor;
    };
    // η at K = 1
    let [low, high] = [0, 2 / all[0]!];
    for (let half = 0; half < 60; half++) {
      const middle = (low + high) / 2;
      if (kernelNorm([...all], middle, samples, size, 1) < 1) low = middle;
      else high = middle;
    }
    // Far below the edge of the whole loss, so that nothing but the noise can grow.
    expect(low * all[0]!).toBeLessThan(0.5);
    expect(growth(0.8 * low)).toBeLessThan(1);
    expect(growth(low)).toBeGreaterThan(1);
  });
});

function times(a: readonly (readonly number[])[], x: readonly (readonly number[])[]): Matrix {
  return a.map((row) => x[0]!.map((_, j) => row.reduce((sum, v, k) => sum + v * x[k]![j]!, 0)));
}
