import "@tensorflow/tfjs-backend-cpu";
import { stream } from "@eoss/rng";
import { type Measurement, type MeasureOptions, measure, quantityByName } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import {
  allBatches,
  bilinearExample,
  completeProblem,
  disposeProblem,
  eigenvalues,
  type Matrix,
  meanOver,
  range,
  sampleGaussNewton,
  sampleHessian,
} from "../fixtures/bilinear.fixture.js";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

const n = 8;
const b = 3;
const network = bilinearExample(n);
const batches = allBatches(n, b);
const options: MeasureOptions = {
  tolerance: 0.02,
  maxBatches: 2000,
  stream: stream(11, "measurement"),
};

async function measured(
  names: string[],
  more: Partial<MeasureOptions> = {},
): Promise<Measurement[]> {
  const problem = completeProblem(network, b);
  try {
    return await measure(problem, names.map(quantityByName), { ...options, ...more });
  } finally {
    disposeProblem(problem);
  }
}

const hessianOf = (samples: readonly number[]) =>
  meanOver<Matrix>(samples, (k) => sampleHessian(network, k));
const _gaussNewtonOf = (samples: readonly number[]) =>
  meanOver<Matrix>(samples, (k) => sampleGaussNewton(network, k));
const top = (matrix: Matrix) => eigenvalues(matrix)[0]!;
const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
const block = (matrix: Matrix, from: number, size: number) =>
  matrix.slice(from, from + size).map((row) => row.slice(from, from + size));
/** From below, and no further than its bound says. */
function expectEigenvalue(value: number, bound: number, expected: number) {
  expect(value).toBeLessThan(expected * (1 + 1e-5));
  expect(Math.abs(value - expected)).toBeLessThanOrEqual(bound + 1e-5 * expected);
  expect(value / expected).toBeGreaterThan(0.999);
}

describe("against dense matrices", () => {
  it("fullbs: the top eigenvalues and vectors on request", async () => {
    const memory = new Map<string, Float32Array>();
    const [fullbs] = await measured(["fullbs"], { top: 3, memory });
    const expected = eigenvalues(hessianOf(range(n)));
    const { value, errorBound } = fullbs!.parts!.eigenvalues!;
    expect(value).toHaveLength(3);
    for (const i of range(3)) {
      expectEigenvalue((value as number[])[i]!, (errorBound as number[])[i]!, expected[i]!);
    }
    expect(fullbs!.value).toBe((value as number[])[0]);
    expect([...memory.keys()]).toEqual(["fullbs", "fullbs/2", "fullbs/3"]);
    const [warm] = await measured(["fullbs"], { top: 3, memory });
    expect(warm!.products).toBeLessThanOrEqual(fullbs!.products);
  });

  it("step-lambda-max: that of the very batch of the next step", async () => {
    const [step] = await measured(["step-lambda-max"]);
    expectEigenvalue(step!.value, step!.errorBound!, top(hessianOf([7, 6, 5])));
    expect(step).toMatchObject({ samples: b, status: "converged" });
  });

  it("per layer: the diagonal blocks, of the whole and over batches", async () => {
    const [fullbs, minibs] = await measured(["fullbs", "minibs"], { perLayer: true });
    const whole = hessianOf(range(n));
    for (const [name, from] of [
      ["layer a", 0],
      ["layer b", 3],
    ] as const) {
      const part = fullbs!.parts![name]!;
      expectEigenvalue(part.value as number, part.errorBound as number, top(block(whole, from, 3)));
      expect(part.value).toBeLessThan(fullbs!.value);
      const mini = minibs!.parts![name]!;
      const exact = mean(batches.map((batch) => top(block(hessianOf(batch), from, 3))));
      const z = ((mini.value as number) - exact) / (mini.standardError as number);
      expect(Math.abs(z)).toBeLessThan(3.5);
    }
  });
});

describe("gap", () => {
  const exact = mean(batches.map((batch) => top(hessianOf(batch)))) - top(hessianOf(range(n)));

  it("is MiniBS less FullBS, with the error of the paired mean", async () => {
    const [minibs, fullbs, gap] = await measured(["minibs", "fullbs", "gap"], {
      tolerance: 0.05,
    });
    const m = Math.min(minibs!.batches!.length, gap!.batches!.length);
    for (const k of range(m)) {
      expect(gap!.batches![k]! + fullbs!.value).toBeCloseTo(minibs!.batches![k]!, 6);
    }
    expect(Math.abs(gap!.value - exact)).toBeLessThan(3.5 * gap!.standardError!);
    // The standard error is small against the gap, not only against MiniBS: more batches are drawn.
    expect(gap!.standardError!).toBeLessThanOrEqual(0.05 * gap!.value);
    expect(gap!.batches!.length).toBeGreaterThan(minibs!.batches!.length);
    // λmax of other batches than the whole is no estimate of FullBS: the mean of them gives no gap.
    expect(Math.abs(minibs!.value - exact) / gap!.standardError!).toBeGreaterThan(10);
  });
});
