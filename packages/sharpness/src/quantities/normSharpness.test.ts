import "@tensorflow/tfjs-backend-cpu";
import { symmetricEigen } from "@eoss/eigen";
import { stream } from "@eoss/rng";
import {
  type MeasureOptions,
  measure,
  type Problem,
  quantityByName,
  type TfjsProblem,
} from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import {
  bilinearExample,
  completeProblem,
  disposeProblem,
  dot,
  type Matrix,
  meanOver,
  range,
  sampleHessian,
  times,
} from "../fixtures/bilinear.fixture.js";
import {
  gradientOf,
  hessianOf,
  networkExample,
  networkProblem,
} from "../fixtures/network.fixture.js";
import { completeReference } from "../fixtures/reference.fixture.js";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

const options: MeasureOptions = {
  tolerance: 0.01,
  maxBatches: 8,
  stream: stream(5, "measurement"),
};
const both = ["max-norm-sharpness", "spectral-norm-sharpness"].map(quantityByName);

/** ½(Σ C_ij·W_ij)²: H = c·cᵀ, so that the maximum over any norm's ball is the square of C's dual norm. */
function rankOne(c: Matrix): TfjsProblem {
  const w = c.map((row, i) => row.map((_, j) => Math.sin(i + 2 * j + 1)));
  return {
    params: { w: tf.tensor2d(w) },
    ...{ samples: 1, batchSize: 1 },
    lossOf: () => (p) => tf.mul(0.5, tf.square(tf.sum(tf.mul(p.w!, tf.tensor2d(c))))) as tf.Scalar,
  };
}

describe("of a matrix of rank 1, whose maximum is the dual norm squared", () => {
  it.each([
    [
      "more columns",
      [
        [1, 2, -1, 0.5],
        [0.5, -1, 2, 1],
        [3, 0.25, 0, -1],
      ],
    ],
    [
      "more rows",
      [
        [1, 2],
        [-2, 0.5],
        [0.75, 4],
        [1, -1],
      ],
    ],
  ])("%s", async (_, c) => {
    const problem = rankOne(c);
    const [max, spectral] = await measure(problem, both, options);
    const gram = c.map((row) => Float64Array.from(c, (other) => dot(row, other)));
    const nuclear = symmetricEigen(gram).values.reduce(
      (sum, x) => sum + Math.sqrt(Math.max(0, x)),
      0,
    );
    const absolute = c.flat().reduce((sum, x) => sum + Math.abs(x), 0);
    const slope = problem.lossOf(Int32Array.of(0))(problem.params).dataSync()[0]!;
    for (const [result, norm] of [
      [max!, absolute],
      [spectral!, nuclear],
    ] as const) {
      expect(result.value / norm ** 2).toBeCloseTo(1, 4);
      expect(result.errorBound! / result.value).toBeLessThan(0.06);
      // ∇L = (c·w)·c, and L = ½(c·w)².
      const dual = result.parts!["dual-norm"]!.value as number;
      expect(dual / (norm * Math.sqrt(2 * slope))).toBeCloseTo(1, 4);
    }
    tf.dispose(problem.params as tf.TensorContainer);
  });
});

describe("max-norm-sharpness", () => {
  const example = bilinearExample(6);
  const network = { ...example, y: example.y.map((row) => row.map((value) => 3 * value)) };
  const hessian = meanOver<Matrix>(range(6), (k) => sampleHessian(network, k));
  /** No diagonal entry is negative: the maximum is at a corner of the cube. */
  const corners = range(64).map((bits) => range(6).map((i) => (bits & (1 << i) ? 1 : -1)));
  const exact = Math.max(...corners.map((d) => dot(d, times(hessian, d))));

  it("encloses the largest of all corners", async () => {
    expect(Math.min(...hessian.map((row, i) => row[i]!))).toBeGreaterThanOrEqual(0);
    const problem = completeProblem(network, 2);
    const [result] = await measure(problem, both, options);
    disposeProblem(problem);
    expect(result!.value).toBeLessThanOrEqual(exact * (1 + 1e-5));
    expect(result!.value).toBeGreaterThan(0.9 * exact);
    expect(exact).toBeLessThanOrEqual(result!.value + result!.errorBound!);
    expect(result!.errorBound!).toBeLessThan(0.6 * exact);
    expect(result!.errorKind).toBe("certified");
  });

  it("is the same by an engine without arrays", async () => {
    const problem = completeReference(network, 2) as unknown as Problem<Float32Array>;
    const [result] = await measure(problem, both, options);
    expect(result!.value).toBeLessThanOrEqual(exact * (1 + 1e-9));
    expect(exact).toBeLessThanOrEqual(result!.value + result!.errorBound!);
  });
});

it("where only the output biases have curvature: a cube of three sides, and a ball", async () => {
  const alive = networkExample({ loss: "mse", activation: "relu" }, { samples: 8 });
  const b1 = 6 * alive.hidden;
  const theta = alive.theta.map((w, i) => (i >= b1 && i < b1 + alive.hidden ? -100 : w));
  const [max, spectral] = await measure(networkProblem({ ...alive, theta }, 3), both, options);
  for (const [result, exact] of [
    [max!, 6],
    [spectral!, 2],
  ] as const) {
    expect(result.value / exact).toBeCloseTo(1, 5);
    expect(result.errorBound!).toBeGreaterThanOrEqual(0);
    expect(result.errorBound!).toBeLessThan(0.6 * exact);
  }
});

/** Σ ½hᵢwᵢ² + cᵢwᵢ: the Hessian is diagonal, one tensor that is one row. */
function diagonal(h: readonly number[], c: readonly number[]): TfjsProblem {
  return {
    params: { w: tf.tensor1d(c.map((_, i) => i + 1)) },
    ...{ samples: 1, batchSize: 1 },
    lossOf: () => (p) => {
      const curved = tf.mul(tf.mul(0.5, tf.tensor1d([...h])), tf.square(p.w!));
      return tf.sum(tf.add(curved, tf.mul(tf.tensor1d([...c]), p.w!))) as tf.Scalar;
    },
  };
}

// Over the cube it is Σ max(0, hᵢ), over the ball max(0, …, hᵢ).
it.each([
  ["zero", [0, 0, 0], 0, 0],
  ["zero along with its gradient", [0, 0, 0], 0, 0, [0, 0, 0]],
  ["negative", [-3, -2, -1], 0, 0],
  ["mostly negative: inside of the cube", [-60, -4, 2], 2, 2],
  ["positive, with its gradient zero", [6, 4, 2], 12, 6, [-6, -8, -6]],
] as const)(
  "of a diagonal Hessian that is %s",
  async (_, h, cube, ball, c: readonly number[] = [1, -2, 3]) => {
    const problem = diagonal(h, c);
    const results = await measure(problem, both, options);
    for (const [i, exact] of [cube, ball].entries()) {
      const { value, errorBound, status } = results[i]!;
      expect(status).toBe("converged");
      expect(Math.abs(value - exact)).toBeLessThanOrEqual(1e-5 * exact);
      expect(exact).toBeLessThanOrEqual(value + errorBound!);
    }
    tf.dispose(problem.params as tf.TensorContainer);
  },
);

it("of a perceptron: above every direction that is tried, and within the gap of a search in float64", async () => {
  const network = networkExample({ loss: "mse", activation: "tanh" }, { samples: 8, seed: 3 });
  const matrix = hessianOf(network, range(8));
  const [max, spectral] = await measure(networkProblem(network, 3), both, options);
  const d = network.theta.length;
  const along = (x: ArrayLike<number>) => dot(x, times(matrix as unknown as Matrix, x));
  const random = stream(1, "tried");
  // By flips of single signs, which is another search than that of the quantity.
  let best = 0;
  for (let seed = 0; seed < 8; seed++) {
    const x = Array.from(random.fork(seed).signs(d));
    for (let flipped = true; flipped; ) {
      flipped = false;
      for (let i = 0; i < d; i++) {
        const before = along(x);
        x[i]! *= -1;
        if (along(x) > before * (1 + 1e-12)) flipped = true;
        else x[i]! *= -1;
      }
    }
    best = Math.max(best, along(x));
  }
  expect(best).toBeLessThanOrEqual(max!.value + max!.errorBound!);
  expect(max!.value).toBeGreaterThan(0.95 * best);
  expect(max!.errorBound!).toBeLessThan(0.6 * max!.value);
  // A vector of length 1 is inside of the spectral ball, and that inside of the cube of d dimensions.
  const top = symmetricEigen(matrix).values[0]!;
  expect(spectral!.value).toBeGreaterThan(top);
  expect(spectral!.errorBound!).toBeLessThan(0.8 * spectral!.value);
  const g = gradientOf(network, range(8));
  const l1 = g.reduce((sum, x) => sum + Math.abs(x), 0);
  expect((max!.parts!["dual-norm"]!.value as number) / l1).toBeCloseTo(1, 4);
});
