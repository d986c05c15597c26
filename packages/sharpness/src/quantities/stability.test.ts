import "@tensorflow/tfjs-backend-cpu";
import { stream } from "@eoss/rng";
import { heavyBall, type Params, sam, sgd } from "@eoss/sgd";
import { type MeasureOptions, measure, quantityByName, type TfjsProblem } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
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
  product,
  range,
  sampleGradient,
  sampleHessian,
  sampleLoss,
  topVector,
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
  tolerance: 0.02,
  maxBatches: 2000,
  stream: stream(41, "measurement"),
};

type Samples = readonly number[];
const hessianOf = (samples: Samples, at = network) =>
  meanOver<Matrix>(samples, (k) => sampleHessian(at, k));
const gradientOf = (samples: Samples) =>
  meanOver<number[]>(samples, (k) => sampleGradient(network, k));
const lossAt = (at: Bilinear) => meanOver(whole, (k) => sampleLoss(at, k));
const top = (matrix: Matrix) => eigenvalues(matrix)[0]!;
/** The network at θ + step·direction. */
const along = (direction: ArrayLike<number>, step: number): Bilinear => ({
  ...network,
  a: network.a.map((value, i) => value + step * direction[i]!),
  b: network.b.map((value, i) => value + step * direction[network.a.length + i]!),
});

async function measured(
  name: string,
  { batchSize = b, change = (problem: TfjsProblem): TfjsProblem => problem } = {},
  settings: Partial<MeasureOptions> = {},
) {
  const problem = completeProblem(network, batchSize);
  try {
    return (
      await measure(change(problem), [quantityByName(name)], { ...options, ...settings })
    )[0]!;
  } finally {
    disposeProblem(problem);
  }
}

describe("contraction", () => {
  // Far above the threshold, so that the curvature of batches is what counts.
  const eta = 1;
  const change = (problem: TfjsProblem): TfjsProblem => ({
    ...problem,
    update: { ...problem.update!, learningRate: eta },
  });
  const stretch = (samples: Samples) => {
    const step = hessianOf(samples).map((row, i) => row.map((h, j) => +(i === j) - eta * h));
    return product(step, step);
  };
  const exact = top(meanOver<Matrix>(range(batches.length), (k) => stretch(batches[k]!)));

  it("with b = n: of the one batch there is", async () => {
    const result = await measured("contraction", { batchSize: n, change });
    const only = top(stretch(whole));
    expect(Math.abs(result.value - only)).toBeLessThan(result.errorBound! + 1e-5);
    expect(result.value / only).toBeCloseTo(1, 2);
    expect(result).toMatchObject({ standardError: 0 });
  });

  it("tries its direction on batches until their mean is known, and says if it is not", async () => {
    const loose = await measured("contraction", { change }, { tolerance: 0.1 });
    expect(loose.status).toBe("converged");
    expect(loose.standardError!).toBeLessThan(0.1 * loose.value);
    expect(loose.margin!).toBeGreaterThan(1.96 * loose.standardError!);
    const tight = await measured("contraction", { change }, { tolerance: 1e-3 });
    expect(tight.standardError!).toBeGreaterThan(1e-3 * tight.value);
    expect(tight.status).toBe("budget-spent");
    expect(tight.standardError!).toBeLessThan(loose.standardError!);
  });

  it("lies on average between its two estimates", async () => {
    const runs = [];
    for (const seed of range(30)) {
      const settings = { stream: stream(seed, "measurement"), tolerance: 0.2 };
      runs.push(await measured("contraction", { change }, settings));
    }
    const lower = runs.map(({ value }) => value);
    const upper = runs.map(({ parts }) => parts!.upper!.value as number);
    const error = (values: number[]) =>
      Math.sqrt(mean(values.map((x) => (x - mean(values)) ** 2)) / (values.length - 1));
    expect(mean(lower)).toBeLessThan(exact + 3 * error(lower));
    expect(mean(upper)).toBeGreaterThan(exact - 3 * error(upper));
    // The bracket is narrow, and the contraction of the mean Hessian lies outside of it.
    expect(mean(upper) - mean(lower)).toBeLessThan(0.3 * exact);
    const step = hessianOf(whole).map((row, i) => row.map((h, j) => +(i === j) - eta * h));
    expect(mean(lower) - 3 * error(lower)).toBeGreaterThan(top(product(step, step)));
  });
});

describe("third-order", () => {
  // D³ℓ[u,u,u] = 6·(∇f·u)(uᵀ∇²f u), by the differences of exact λmax that never see an autodiff.
  const u = topVector(hessianOf(whole));
  const sign = dot(gradientOf(whole), u) < 0 ? -1 : 1;
  const slopeAlong = (direction: ArrayLike<number>) => {
    const h = 1e-4;
    const lambda = (step: number) => top(hessianOf(whole, along(direction, step)));
    return (8 * (lambda(h) - lambda(-h)) - (lambda(2 * h) - lambda(-2 * h))) / (12 * h);
  };

  it("is the slope of λmax along its eigenvector, up the slope of the loss", async () => {
    const result = await measured("third-order");
    const exact = sign * slopeAlong(u);
    expect(Math.abs(result.value - exact)).toBeLessThan(result.errorBound!);
    expect(Math.abs(result.value - exact)).toBeLessThan(0.02 * Math.abs(exact));
    expect(result.products).toBeGreaterThan(4);
  });

  it("knows the whole gradient of λmax, and how it grows along the flow", async () => {
    const { parts } = await measured("third-order");
    const slopes = range(6).map((i) => slopeAlong(range(6).map((j) => +(i === j))));
    const length = Math.sqrt(dot(slopes, slopes));
    expect((parts!["gradient-norm"]!.value as number) / length).toBeCloseTo(1, 2);
    const growth = -dot(gradientOf(whole), slopes);
    const measuredGrowth = parts!["progressive-sharpening"]!;
    expect(Math.abs((measuredGrowth.value as number) - growth)).toBeLessThan(
      measuredGrowth.errorBound as number,
    );
    expect((measuredGrowth.value as number) / growth).toBeCloseTo(1, 1);
  });
});

describe("with the update rule", () => {
  // rmsprop: P = √meanSquare + ε.
  const squares = (from: number) =>
    range(3).map(
      (index) =>
        0.05 +
        (Math.round(64 * Math.sin(1.7 * (from + index) ** 2 + 0.3 * (from + index) + 1)) / 64) ** 2,
    );
  const p = [...squares(40), ...squares(60)].map((square) => Math.sqrt(square) + 1e-8);
  const preconditioned = (matrix: Matrix) =>
    matrix.map((row, i) => row.map((h, j) => h / Math.sqrt(p[i]! * p[j]!)));
  const withRule =
    (optimizer: typeof sgd, slots: object, rest: object) => (problem: TfjsProblem) => ({
      ...problem,
      update: {
        learningRate: eta,
        optimizer,
        state: { step: 3, start: 0, params: problem.params as Params, slots: slots as never },
        ...rest,
      },
    });
  const plain = withRule(sgd, {}, {});

  it("preconditioned-sharpness", async () => {
    const result = await measured("preconditioned-sharpness");
    const exact = top(preconditioned(hessianOf(whole)));
    expect(Math.abs(result.value - exact)).toBeLessThan(result.errorBound! + 1e-5 * exact);
    expect(result.value / exact).toBeCloseTo(1, 3);
    // Without a preconditioner it is FullBS.
    const bare = await measured("preconditioned-sharpness", { change: plain });
    expect(bare.value / top(hessianOf(whole))).toBeCloseTo(1, 3);
  });

  it("batch-preconditioned-sharpness", async () => {
    const result = await measured("batch-preconditioned-sharpness");
    const exact = mean(batches.map((s) => top(preconditioned(hessianOf(s)))));
    expect(zScore(result, exact)).toBeLessThan(3.5);
    expect(zScore(result, mean(batches.map((s) => top(hessianOf(s)))))).toBeGreaterThan(5);
  });

  it("there is none before the first update", async () => {
    const fresh = (problem: TfjsProblem): TfjsProblem => ({
      ...problem,
      update: { ...problem.update!, state: { ...problem.update!.state, step: 0 } },
    });
    for (const name of ["preconditioned-sharpness", "batch-preconditioned-sharpness"]) {
      const result = await measured(name, { change: fresh });
      expect(result).toMatchObject({ value: Number.NaN, status: "not-finite" });
    }
  });

  it("momentum-sharpness: in units of (2 + 2β)/η, coupled weight decay included", async () => {
    const velocity = { a: tf.tensor1d([1, 0, -1]), b: tf.tensor1d([0.5, 0, 2]) };
    const change = withRule(
      heavyBall,
      { velocity },
      { options: { momentum: 0.8, weightDecay: 0.5 } },
    );
    const result = await measured("momentum-sharpness", { change });
    tf.dispose(velocity);
    const exact = (top(hessianOf(whole)) + 0.5) / (3.6 / eta);
    expect(Math.abs(result.value - exact)).toBeLessThan(result.errorBound! + 1e-5);
    expect(result.value / exact).toBeCloseTo(1, 3);
    expect(result.parts!.threshold!.value).toBeCloseTo(36, 9);
    const adaptive = await measured("momentum-sharpness");
    expect(adaptive.value / (top(preconditioned(hessianOf(whole))) / (2 / eta))).toBeCloseTo(1, 3);
  });

  it.each([0.001, 0.1, 5])("critical-sharpness: found from η = %d", async (learningRate) => {
    const change = (problem: TfjsProblem) => {
      const { update, ...rest } = plain(problem);
      return { ...rest, update: { ...update, learningRate } };
    };
    const result = await measured("critical-sharpness", { change });
    const g = gradientOf(whole);
    // The smallest rate at which the loss of a step is above the present one, on a fine grid.
    const steps = range(200_000).map((i) => 1e-5 * (i + 1));
    const critical = steps.find((step) => lossAt(along(g, -step)) > lossAt(network))!;
    expect(Math.abs(result.value - 2 / critical)).toBeLessThan(
      result.errorBound! + 1e-4 * result.value,
    );
    expect(result.errorBound!).toBeLessThan(0.02 * result.value);
    expect(result).toMatchObject({ products: 0, status: "converged" });
  });

  it("critical-sharpness: along the direction that momentum takes", async () => {
    const velocity = { a: tf.tensor1d([1, 0, -1]), b: tf.tensor1d([0.5, 0, 2]) };
    const change = withRule(heavyBall, { velocity }, { options: { momentum: 0.5 } });
    const result = await measured("critical-sharpness", { change });
    tf.dispose(velocity);
    const v = [1, 0, -1, 0.5, 0, 2];
    const direction = gradientOf(whole).map((x, i) => -(x + 0.5 * v[i]!));
    const steps = range(200_000).map((i) => 1e-5 * (i + 1));
    const critical = steps.find((step) => lossAt(along(direction, step)) > lossAt(network))!;
    expect(Math.abs(result.value - 2 / critical)).toBeLessThan(
      result.errorBound! + 1e-4 * result.value,
    );
  });

  it("critical-sharpness: along the gradient that sam takes uphill", async () => {
    const rho = 0.3;
    const zeros = { a: tf.zeros([3]), b: tf.zeros([3]) };
    const change = withRule(sam, { velocity: zeros }, { options: { rho } });
    const result = await measured("critical-sharpness", { change });
    tf.dispose(zeros);
    const g = gradientOf(whole);
    const uphill = along(g, rho / Math.sqrt(dot(g, g)));
    const direction = meanOver<number[]>(whole, (k) => sampleGradient(uphill, k)).map((x) => -x);
    const steps = range(200_000).map((i) => 1e-5 * (i + 1));
    const critical = (p: number[]) =>
      2 / steps.find((step) => lossAt(along(p, step)) > lossAt(network))!;
    expect(Math.abs(result.value - critical(direction))).toBeLessThan(
      result.errorBound! + 1e-4 * result.value,
    );
    // The gradient at θ itself would give another value.
    const there = critical(g.map((x) => -x));
    expect(Math.abs(result.value - there)).toBeGreaterThan(2 * result.errorBound!);
  });

  it("batch-critical-sharpness: the mean over every batch there is", async () => {
    const result = await measured("batch-critical-sharpness", { change: plain, batchSize: 1 });
    const lossOf = (samples: Samples, at: Bilinear) => meanOver(samples, (k) => sampleLoss(at, k));
    const criticalOf = (samples: Samples) => {
      const g = gradientOf(samples);
      const rises = (step: number) => lossOf(samples, along(g, -step)) > lossOf(samples, network);
      return (
        2 /
        range(40_000)
          .map((i) => 1e-4 * (i + 1))
          .find(rises)!
      );
    };
    const exact = mean(allBatches(n, 1).map(criticalOf));
    const off = Math.abs(result.value - exact);
    expect(off).toBeLessThan(3.5 * result.standardError! + result.errorBound! + 1e-3 * exact);
    expect(result.errorBound!).toBeLessThan(0.02 * result.value);
    // The critical step of the whole loss is another.
    const whole_ = await measured("critical-sharpness", { change: plain });
    expect(Math.abs(result.value - whole_.value)).toBeGreaterThan(
      5 * result.standardError! + result.errorBound! + whole_.errorBound!,
    );
    expect(result.products).toBe(0);
  });

  it("critical-sharpness: there is none where momentum goes up the slope", async () => {
    const up = gradientOf(whole).map((x) => -10 * x);
    const velocity = { a: tf.tensor1d(up.slice(0, 3)), b: tf.tensor1d(up.slice(3)) };
    const change = withRule(heavyBall, { velocity }, { options: { momentum: 0.5 } });
    const result = await measured("critical-sharpness", { change });
    tf.dispose(velocity);
    expect(result).toMatchObject({ value: Number.NaN, status: "not-finite" });
  });

  it("critical-sharpness: is marked where rounding hides which step raises the loss", async () => {
    // A constant ten thousand times the loss leaves no digit for its change.
    const change = (problem: TfjsProblem): TfjsProblem => ({
      ...plain(problem),
      lossOf: (indices) => (params) => tf.add(problem.lossOf(indices)(params), 1e4),
    });
    const result = await measured("critical-sharpness", { change });
    const { value } = await measured("critical-sharpness", { change: plain });
    expect(result.status).toBe("budget-spent");
    expect(Math.abs(result.value - value)).toBeLessThan(result.errorBound!);
  });

  it("distance: from the initial parameters, absolute and relative", async () => {
    const result = await measured("distance");
    const exact = Math.sqrt(3 * 0.25 ** 2 + 3 * 0.5 ** 2);
    expect(Math.abs(result.value - exact)).toBeLessThan(result.errorBound!);
    const first = [...network.a.map((x) => x + 0.25), ...network.b.map((x) => x - 0.5)];
    expect(result.parts!.relative!.value).toBeCloseTo(exact / Math.sqrt(dot(first, first)), 6);
  });
});
