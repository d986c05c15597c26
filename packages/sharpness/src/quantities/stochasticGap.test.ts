import "@tensorflow/tfjs-backend-cpu";
import { stream } from "@eoss/rng";
import { measure, quantityByName } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import {
  allBatches,
  type Bilinear,
  bilinearExample,
  completeProblem,
  disposeProblem,
  dot,
  eigenvalues,
  type Matrix,
  mean,
  meanOver,
  range,
  sampleGradient,
  sampleHessian,
  topVector,
} from "../fixtures/bilinear.fixture.js";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

const n = 6;
const b = 2;
const eta = 0.1;
const whole = range(n);

/** The parts of the gap in float64, by the differences of exact eigenvalues and over every batch. */
function exactGap(network: Bilinear) {
  const hessianAt = (at: Bilinear) => meanOver<Matrix>(whole, (k) => sampleHessian(at, k));
  const gradientOf = (samples: readonly number[]) =>
    meanOver<number[]>(samples, (k) => sampleGradient(network, k));
  const lambdaAt = (i: number, step: number) => {
    const moved = { ...network, a: [...network.a], b: [...network.b] };
    const values = i < 3 ? moved.a : moved.b;
    values[i % 3]! += step;
    return eigenvalues(hessianAt(moved))[0]!;
  };
  const h = 1e-4;
  const slope = range(6).map(
    (i) =>
      (8 * (lambdaAt(i, h) - lambdaAt(i, -h)) - (lambdaAt(i, 2 * h) - lambdaAt(i, -2 * h))) /
      (12 * h),
  );
  const u = topVector(hessianAt(network));
  const g = gradientOf(whole);
  const across = (x: readonly number[]) => x.map((value, i) => value - dot(x, u) * u[i]!);
  const alpha = -dot(across(g), across(slope));
  const beta = dot(across(slope), across(slope));
  const variance = mean(allBatches(n, b).map((s) => (dot(gradientOf(s), u) - dot(g, u)) ** 2));
  return { alpha, beta, variance, value: (eta * beta * variance) / (4 * alpha) };
}

async function measured(network: Bilinear) {
  const problem = completeProblem(network, b);
  try {
    const options = { tolerance: 0.01, maxBatches: 64, stream: stream(5, "measurement") };
    return (await measure(problem, [quantityByName("stochastic-gap")], options))[0]!;
  } finally {
    disposeProblem(problem);
  }
}

/** Targets that are farther from the outputs, or nearer: then sharpness grows along the flow, or falls. */
const stretched = (factor: number): Bilinear => {
  const example = bilinearExample(n);
  return { ...example, y: example.y.map((row) => row.map((value) => factor * value)) };
};
const examples = [-2, -1, 1, 2].map((factor) => stretched(factor));

it("is made of noise and slopes as they are in float64", async () => {
  const network = examples.find((example) => exactGap(example).alpha > 0.5)!;
  const exact = exactGap(network);
  const result = await measured(network);
  for (const name of ["alpha", "beta", "variance"] as const) {
    const { value, errorBound } = result.parts![name]!;
    expect(Math.abs((value as number) - exact[name]), name).toBeLessThan(errorBound as number);
    expect((value as number) / exact[name], name).toBeCloseTo(1, 1);
  }
  expect(Math.abs(result.value - exact.value)).toBeLessThan(result.errorBound!);
  expect(result.value / exact.value).toBeCloseTo(1, 1);
  expect(result.parts!.sharpness!.value).toBeCloseTo(2 / eta - result.value, 9);
});

it("has no value where nothing drives the sharpness up", async () => {
  const network = examples.find((example) => exactGap(example).alpha < -0.5)!;
  const result = await measured(network);
  expect(result).toMatchObject({ value: Number.NaN, status: "not-finite" });
  expect((result.parts!.alpha!.value as number) / exactGap(network).alpha).toBeCloseTo(1, 1);
});
