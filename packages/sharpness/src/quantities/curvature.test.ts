import "@tensorflow/tfjs-backend-cpu";
import { stream } from "@eoss/rng";
import { type Measurement, type MeasureOptions, measure, quantityByName } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import {
  allBatches,
  bilinearExample,
  combine,
  completeProblem,
  disposeProblem,
  dot,
  eigenvalues,
  jacobianOf,
  type Matrix,
  mean,
  meanOver,
  outer,
  product,
  range,
  sampleGaussNewton,
  sampleGradient,
  sampleHessian,
  topVector,
  zScore,
} from "../fixtures/bilinear.fixture.js";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

const n = 6;
const b = 2;
const example = bilinearExample(n);
/** Targets far from the outputs, so that the residual part counts. */
const network = { ...example, y: example.y.map((row) => row.map((value) => 3 * value)) };
const batches = allBatches(n, b);
const whole = range(n);
const options: MeasureOptions = {
  tolerance: 0.02,
  maxBatches: 3000,
  stream: stream(21, "measurement"),
};

const seen = new Map<string, Promise<Measurement>>();

/** A quantity of the example; asked for again, the same measurement. */
function measured(name: string, perLayer = false): Promise<Measurement> {
  const known = seen.get(name) ?? measureNow(name, perLayer);
  seen.set(name, known);
  return known;
}

async function measureNow(name: string, perLayer: boolean): Promise<Measurement> {
  const problem = completeProblem(network, b);
  const [result] = await measure(problem, [quantityByName(name)], { ...options, perLayer });
  disposeProblem(problem);
  return result!;
}

type Samples = readonly number[];
const hessianOf = (samples: Samples) => meanOver<Matrix>(samples, (k) => sampleHessian(network, k));
const gaussNewtonOf = (samples: Samples) =>
  meanOver<Matrix>(samples, (k) => sampleGaussNewton(network, k));
const momentOf = (samples: Samples) =>
  meanOver<Matrix>(samples, (k) => outer(sampleGradient(network, k), sampleGradient(network, k)));
const residualOf = (samples: Samples) =>
  combine(hessianOf(samples), gaussNewtonOf(samples), (h, g) => h - g);
const top = (matrix: Matrix) => eigenvalues(matrix)[0]!;
const overBatches = (of: (samples: Samples) => number) => mean(batches.map(of));
const cosine = (x: ArrayLike<number>, y: ArrayLike<number>) =>
  dot(x, y) ** 2 / (dot(x, x) * dot(y, y));

describe("means over batches, against every batch there is", () => {
  const gradientOf = (samples: Samples) =>
    meanOver<number[]>(samples, (k) => sampleGradient(network, k));
  const kernelTop = (samples: Samples) => {
    const rows = samples.flatMap((k) => jacobianOf(network, k));
    return (2 / b) * top(rows.map((row) => rows.map((other) => dot(row, other))));
  };
  const spectralNorm = (matrix: Matrix) => Math.max(...eigenvalues(matrix).map(Math.abs));

  it.each<{ name: string; of: (samples: Samples) => number; wrong: number }>([
    { name: "gauss-newton", of: (s) => top(gaussNewtonOf(s)), wrong: top(gaussNewtonOf(whole)) },
    // Squared error: the true Fisher information is the Gauss–Newton matrix.
    {
      name: "fisher",
      of: (s) => top(gaussNewtonOf(s)),
      wrong: overBatches((s) => top(momentOf(s))),
    },
    { name: "empirical-fisher", of: (s) => top(momentOf(s)), wrong: top(momentOf(whole)) },
    { name: "ntk", of: kernelTop, wrong: overBatches(kernelTop) / 2 },
    {
      name: "residual-part",
      of: (s) => spectralNorm(residualOf(s)),
      wrong: spectralNorm(residualOf(whole)),
    },
    {
      name: "alignment",
      of: (s) => cosine(gradientOf(s), topVector(hessianOf(s))),
      wrong: overBatches((s) => Math.sqrt(cosine(gradientOf(s), topVector(hessianOf(s))))),
    },
    {
      name: "overlap",
      of: (s) => cosine(topVector(hessianOf(s)), topVector(gaussNewtonOf(s))),
      wrong: overBatches((s) => top(gaussNewtonOf(s)) / top(hessianOf(s))),
    },
  ])("$name", async ({ name, of, wrong }) => {
    const result = await measured(name);
    const exact = overBatches(of);
    expect(zScore(result, exact)).toBeLessThan(3.5);
    expect(zScore(result, wrong)).toBeGreaterThan(5);
    expect(result.status).toBe("converged");
    // Each batch is one of those that can be drawn, to the eigensolver's accuracy.
    const known = batches.map(of);
    for (const value of result.batches!) {
      expect(Math.min(...known.map((x) => Math.abs(x - value)))).toBeLessThan(0.01 * exact);
    }
  });

  it("overlap: with the ratio of the eigenvalues", async () => {
    const { ratio } = (await measured("overlap")).parts!;
    const exact = overBatches((s) => top(gaussNewtonOf(s)) / top(hessianOf(s)));
    const tolerance = 3.5 * (ratio!.standardError as number) + 1e-3;
    expect(Math.abs((ratio!.value as number) - exact)).toBeLessThan(tolerance);
  });

  it("residual-part: with both ends of its spectrum", async () => {
    const { largest, smallest } = (await measured("residual-part")).parts!;
    const ends = (index: number) => overBatches((s) => eigenvalues(residualOf(s)).at(index)!);
    expect(zScore(largest as never, ends(0))).toBeLessThan(3.5);
    expect(zScore(smallest as never, ends(-1))).toBeLessThan(3.5);
    expect(smallest!.value).toBeLessThan(0);
  });
});

describe("of the whole loss, against dense matrices", () => {
  it.each([
    { name: "full-gauss-newton", exact: top(gaussNewtonOf(whole)) },
    { name: "full-fisher", exact: top(gaussNewtonOf(whole)) },
    { name: "full-empirical-fisher", exact: top(momentOf(whole)) },
  ])("$name, and the diagonal blocks of its layers", async ({ name, exact }) => {
    const result = await measured(name, true);
    expect(Math.abs(result.value - exact)).toBeLessThan(result.errorBound! + 1e-5 * exact);
    expect(result.value / exact).toBeCloseTo(1, 3);
    const matrix = name.includes("empirical") ? momentOf(whole) : gaussNewtonOf(whole);
    const block = matrix.slice(3).map((row) => row.slice(3));
    expect((result.parts!["layer b"]!.value as number) / top(block)).toBeCloseTo(1, 3);
  });

  it("full-alignment", async () => {
    const { value, errorBound } = await measured("full-alignment");
    const g = meanOver<number[]>(whole, (k) => sampleGradient(network, k));
    const exact = cosine(g, topVector(hessianOf(whole)));
    expect(Math.abs(value - exact)).toBeLessThan(errorBound!);
    expect(errorBound!).toBeLessThan(0.1);
  });

  it("trace: exactly, where there are few parameters", async () => {
    const { value, products, status, errorBound } = await measured("trace");
    const exact = eigenvalues(hessianOf(whole)).reduce((sum, x) => sum + x, 0);
    expect(Math.abs(value - exact)).toBeLessThan(errorBound!);
    expect(value / exact).toBeCloseTo(1, 5);
    expect({ products, status }).toEqual({ products: 6, status: "exact" });
  });
});

describe("many parameters", () => {
  const wide = bilinearExample(12, 3, 60);
  const hessian = meanOver<Matrix>(range(12), (k) => sampleHessian(wide, k));
  const values = eigenvalues(hessian);
  const exact = {
    trace: values.reduce((sum, x) => sum + x, 0),
    frobenius: Math.hypot(...values),
  };

  async function measuredWide(name: string, batchSize: number, seed: number) {
    const problem = completeProblem(wide, batchSize);
    try {
      const settings = { ...options, stream: stream(seed, "measurement") };
      return (await measure(problem, [quantityByName(name)], settings))[0]!;
    } finally {
      disposeProblem(problem);
    }
  }

  it("trace: estimated, with an error that fits", async () => {
    const zs: number[] = [];
    for (let seed = 0; seed < 8; seed++) {
      const result = await measuredWide("trace", 4, seed);
      zs.push((result.value - exact.trace) / Math.max(result.standardError!, 1e-5 * exact.trace));
      expect(result.status).toBe("converged");
    }
    expect(mean(zs.map((z) => z * z))).toBeLessThan(3);
    expect(Math.abs(mean(zs))).toBeLessThan(1);
  });

  it("density: Frobenius norm, mean, and a curve that integrates to one", async () => {
    const result = await measuredWide("density", 4, 1);
    expect(zScore(result, exact.frobenius)).toBeLessThan(3.5);
    const { lambda, density, width, mean: average, negative } = result.parts!;
    expect(zScore(average as never, exact.trace / 120)).toBeLessThan(3.5);
    const x = lambda!.value as number[];
    const y = density!.value as number[];
    const spacing = x[1]! - x[0]!;
    expect(y.reduce((sum, value) => sum + value * spacing, 0)).toBeCloseTo(1, 2);
    // The curve against the smoothed spectrum, point by point.
    const w = width!.value as number;
    const smooth = (at: number) =>
      mean(values.map((v) => Math.exp(-(((at - v) / w) ** 2) / 2) / (w * Math.sqrt(2 * Math.PI))));
    const errors = density!.standardError as number[];
    const far = x.filter(
      (at, i) => Math.abs(y[i]! - smooth(at)) > 4 * errors[i]! + 0.02 * Math.max(...y),
    );
    expect(far.length).toBeLessThan(10);
    const below = values.filter((v) => v < -w).length / values.length;
    expect(Math.abs((negative!.value as number) - below)).toBeLessThan(0.05);
  });

  it("batch-density: the mean over batches, broader than that of the whole", async () => {
    const batchSize = 2;
    const exactSquare = mean(
      allBatches(12, batchSize).map((samples) => {
        const matrix = meanOver<Matrix>(samples, (k) => sampleHessian(wide, k));
        return product(matrix, matrix).reduce((sum, row, i) => sum + row[i]!, 0);
      }),
    );
    const count = 20;
    const seeds = range(count);
    const results = [];
    for (const seed of seeds) results.push(await measuredWide("batch-density", batchSize, seed));
    // The squares are without bias, so their mean over many measurements is a fair test.
    const squares = results.map(({ value }) => value ** 2);
    const center = mean(squares);
    const variance = mean(squares.map((x) => (x - center) ** 2)) * (count / (count - 1));
    const error = Math.sqrt(variance / count);
    expect(Math.abs(center - exactSquare) / error).toBeLessThan(3.5);
    expect(Math.abs(center - exact.frobenius ** 2) / error).toBeGreaterThan(5);
    // Stated variances are those of the spread: each has seven degrees of freedom.
    const stated = mean(results.map((r) => (2 * r.value * r.standardError!) ** 2));
    expect(stated / variance).toBeGreaterThan(0.5);
    expect(stated / variance).toBeLessThan(2);
  });
});
