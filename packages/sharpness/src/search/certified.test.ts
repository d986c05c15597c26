import "@tensorflow/tfjs-backend-cpu";
import { symmetricEigen } from "@eoss/eigen";
import { flatten, layoutOf } from "@eoss/hvp";
import { type RandomStream, stream } from "@eoss/rng";
import {
  type BatchQuantity,
  type MeasureOptions,
  measure,
  quantityByName,
  type TfjsProblem,
} from "@eoss/sharpness";
import { readBatch } from "@eoss/sharpness/internal";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import {
  gaussNewtonOf,
  gradientOf,
  hessianOf,
  kernelOf,
  momentOf,
  type Network,
  networkExample,
  networkProblem,
  spectrumOf,
} from "../fixtures/network.fixture.js";
import { preconditionerOf } from "../tfjs/updateRule.js";
import { squaredCosine } from "../tfjs/vectors.js";
import { CERTIFY } from "./errorKind.js";
import { topPairs } from "./topPairs.js";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

const LONG = process.env.EOSS_LONG === "1";

type Matrix = Float64Array[];
type Samples = readonly number[];
type MatrixOf = (network: Network, samples: Samples, p: Float64Array) => Matrix;

const combined = (a: Matrix, b: Matrix, of: (x: number, y: number) => number): Matrix =>
  a.map((row, i) => row.map((x, j) => of(x, b[i]![j]!)));
const scaledBy = (a: Matrix, p: Float64Array): Matrix =>
  a.map((row, i) => row.map((x, j) => x / Math.sqrt(p[i]! * p[j]!)));
const preconditioned: MatrixOf = (network, samples, p) => scaledBy(hessianOf(network, samples), p);
const residual: MatrixOf = (network, samples) =>
  combined(hessianOf(network, samples), gaussNewtonOf(network, samples), (x, y) => x - y);

const ofBatches: Record<string, MatrixOf> = {
  minibs: hessianOf,
  "gauss-newton": gaussNewtonOf,
  fisher: gaussNewtonOf,
  "empirical-fisher": momentOf,
  ntk: kernelOf,
  "batch-preconditioned-sharpness": preconditioned,
};
const ofAll: Record<string, MatrixOf> = {
  fullbs: hessianOf,
  "full-gauss-newton": gaussNewtonOf,
  "full-fisher": gaussNewtonOf,
  "full-empirical-fisher": momentOf,
  "preconditioned-sharpness": preconditioned,
};

const SAMPLES = 12;
const BATCH = 6;
const everyone = Array.from({ length: SAMPLES }, (_, k) => k);
const regimes: ReadonlyArray<readonly [string, Network]> = [
  [
    "tanh, squared error",
    networkExample({ loss: "mse", activation: "tanh" }, { samples: SAMPLES }),
  ],
  [
    "ReLU, cross-entropy",
    networkExample({ loss: "ce", activation: "relu" }, { samples: SAMPLES, seed: 2 }),
  ],
  [
    "saturated tanh, cross-entropy",
    networkExample({ loss: "ce", activation: "tanh" }, { samples: SAMPLES, scale: 4 }),
  ],
  [
    "ReLU, squared error",
    networkExample({ loss: "mse", activation: "relu" }, { samples: SAMPLES, scale: 0.5 }),
  ],
];

/** So loose that searches end while their values are still off: bounds are put to the test. */
const LOOSE = 0.5;
const optionsOf = (seed: number, more: Partial<MeasureOptions> = {}): MeasureOptions => ({
  tolerance: LOOSE,
  maxBatches: 16,
  stream: stream(seed, "certified"),
  ...more,
});

/** The samples of the last batch that a problem was asked about. */
function spied(problem: TfjsProblem): { problem: TfjsProblem; batch(): number[] } {
  let seen: number[] = [];
  const spy =
    <T>(of: (indices: Int32Array) => T) =>
    (indices: Int32Array): T => {
      seen = [...indices];
      return of(indices);
    };
  const { lossOf, outputsOf } = problem;
  return {
    problem: { ...problem, lossOf: spy(lossOf), outputsOf: spy(outputsOf!) },
    batch: () => seen,
  };
}

const preconditioner = (problem: TfjsProblem) =>
  preconditionerOf(problem.update!, (tree) =>
    flatten(tree, new Float64Array(layoutOf(tree).size)),
  ) as Float64Array;
/** Room for rounding in what the certified value is compared with, not in the bound. */
const inside = (value: number, bound: number, truth: number) => Math.abs(value - truth) <= bound;

/** How many of some values are outside of their bounds, and how wide the widest bound is. */
class Count {
  outside = 0;
  /** Relative to the value times the tolerance. */
  widest = 0;
  add(value: number, bound: number, truth: number): void {
    if (!inside(value, bound, truth)) this.outside += 1;
    this.widest = Math.max(this.widest, bound / (LOOSE * Math.abs(value)));
  }
}

describe("bounds hold against dense float64 matrices", () => {
  it.each(Object.entries(ofBatches))("%s", async (name, matrixOf) => {
    const count = new Count();
    for (const [regime, network] of regimes) {
      const { problem, batch } = spied(networkProblem(network, BATCH));
      const p = preconditioner(problem);
      for (let index = 0; index < (LONG ? 40 : 5); index++) {
        const quantity = quantityByName(name) as BatchQuantity;
        const [reading] = await readBatch(problem, [quantity], index, optionsOf(3));
        const [truth] = spectrumOf(matrixOf(network, batch(), p)) as [number];
        expect(reading!.errorKind, regime).toBe("certified");
        count.add(reading!.value, reading!.errorBound!, truth);
      }
    }
    expect(count.outside).toBe(0);
    // A tenth of the bounds would fail: searches go on until the bound is just within the tolerance.
    expect(count.widest).toBeGreaterThan(0.5);
  });

  it.each(Object.entries(ofAll))("%s", async (name, matrixOf) => {
    const count = new Count();
    for (const [regime, network] of regimes) {
      const problem = networkProblem(network, BATCH);
      const [truth] = spectrumOf(matrixOf(network, everyone, preconditioner(problem))) as [number];
      const memory = new Map<string, Float32Array>();
      for (let seed = 0; seed < (LONG ? 40 : 5); seed++) {
        const [found] = await measure(problem, [quantityByName(name)], optionsOf(seed, { memory }));
        expect(found!.errorKind, regime).toBe("certified");
        count.add(found!.value, found!.errorBound!, truth);
      }
    }
    expect(count.outside).toBe(0);
    expect(count.widest).toBeGreaterThan(0.5);
  });
});

describe.each(regimes)("%s", (_, network) => {
  const of = (matrixOf: MatrixOf, samples: Samples, problem: TfjsProblem) =>
    spectrumOf(matrixOf(network, samples, preconditioner(problem)));

  it("several eigenvalues, each with its own bound", async () => {
    const problem = networkProblem(network, BATCH);
    const [fullbs] = await measure(
      problem,
      [quantityByName("fullbs")],
      optionsOf(1, { tolerance: 0.02, top: 4 }),
    );
    const truth = of(hessianOf, everyone, problem);
    const { value, errorBound } = fullbs!.parts!.eigenvalues!;
    for (const [i, theta] of (value as number[]).entries()) {
      expect(Math.abs(theta - truth[i]!)).toBeLessThanOrEqual((errorBound as number[])[i]!);
    }
    expect(fullbs!.errorBound).toBeLessThan(0.03 * truth[0]!);
    expect(fullbs!.errorKind).toBe("certified");
  });

  it("layers, the batch of the step, residual part, noise and thresholds", async () => {
    const problem = networkProblem(network, BATCH);
    const names = ["fullbs", "step-lambda-max", "gradient-noise-top", "momentum-sharpness"];
    const [fullbs, step, noise, momentum] = await measure(
      problem,
      names.map(quantityByName),
      optionsOf(2, { tolerance: 0.02, perLayer: true }),
    );
    const whole = hessianOf(network, everyone);
    let from = 0;
    for (const [name, { size }] of Object.entries(problem.params as Record<string, tf.Tensor>)) {
      const { value, errorBound } = fullbs!.parts![`layer ${name}`]!;
      const block = whole.slice(from, from + size).map((row) => row.slice(from, from + size));
      const [truth] = spectrumOf(block) as [number];
      expect(Math.abs((value as number) - truth)).toBeLessThanOrEqual(errorBound as number);
      from += size;
    }

    const [stepTruth] = of(hessianOf, everyone.slice(0, BATCH), problem) as [number];
    expect(inside(step!.value, step!.errorBound!, stepTruth)).toBe(true);

    const g = gradientOf(network, everyone);
    const factor = (SAMPLES - BATCH) / (BATCH * (SAMPLES - 1));
    const covariance = momentOf(network, everyone).map((row, i) =>
      row.map((x, j) => factor * (x - g[i]! * g[j]!)),
    );
    const spread = spectrumOf(covariance);
    const { value, errorBound } = noise!.parts!.eigenvalues!;
    for (const [i, theta] of (value as number[]).entries()) {
      expect(Math.abs(theta - spread[i]!)).toBeLessThanOrEqual((errorBound as number[])[i]!);
    }

    const threshold = momentum!.parts!.threshold!.value as number;
    const [top] = of(preconditioned, everyone, problem) as [number];
    expect(inside(momentum!.value, momentum!.errorBound!, top / threshold)).toBe(true);
    for (const found of [fullbs, step, noise, momentum]) expect(found!.errorKind).toBe("certified");
  });

  it("residual part, both ends", async () => {
    const { problem, batch } = spied(networkProblem(network, BATCH));
    const count = new Count();
    for (let index = 0; index < 4; index++) {
      const quantity = quantityByName("residual-part") as BatchQuantity;
      const [reading] = await readBatch(problem, [quantity], index, optionsOf(5));
      const spectrum = of(residual, batch(), problem);
      const { largest, smallest } = reading!.parts!;
      count.add(largest!.value as number, largest!.errorBound as number, spectrum[0]!);
      count.add(smallest!.value as number, smallest!.errorBound as number, spectrum.at(-1)!);
      expect(reading!.errorKind).toBe("certified");
    }
    expect(count.outside).toBe(0);
    expect(count.widest).toBeGreaterThan(0.5);
  });
});

/** All ReLUs are dead: f = b₂, and the Hessian of the squared error is 2 in b₂ and 0 elsewhere. */
const collapsed = ((): Network => {
  const alive = networkExample({ loss: "mse", activation: "relu" }, { samples: SAMPLES });
  const b1 = 6 * alive.hidden;
  const theta = alive.theta.map((w, i) => (i >= b1 && i < b1 + alive.hidden ? -100 : w));
  return { ...alive, theta };
})();

it("a collapsed network: its eigenvalue is 2 exactly, within the bound", async () => {
  const problem = networkProblem(collapsed, BATCH);
  for (const certify of CERTIFY) {
    const found = await measure(
      problem,
      ["fullbs", "minibs", "gauss-newton", "fisher"].map(quantityByName),
      optionsOf(1, { tolerance: 0.02, certify }),
    );
    for (const { value, errorBound } of found) {
      expect(Math.abs(value - 2)).toBeLessThanOrEqual(errorBound!);
      expect(errorBound!).toBeLessThan(0.03 * 2);
    }
    for (const value of found[1]!.batches!) expect(Math.abs(value - 2)).toBeLessThan(1e-4);
  }
});

describe("directions", () => {
  const vectorOf = (matrix: Matrix) => symmetricEigen(matrix).vectors[0]!;

  it.each(regimes)("are those of dense matrices: %s", async (_, network) => {
    const { problem, batch } = spied(networkProblem(network, BATCH));
    for (let index = 0; index < 3; index++) {
      const quantities = ["alignment", "overlap"].map((name) => quantityByName(name));
      const [alignment, overlap] = await readBatch(
        problem,
        quantities as BatchQuantity[],
        index,
        optionsOf(7, { tolerance: 0.02 }),
      );
      const u = vectorOf(hessianOf(network, batch()));
      const v = vectorOf(gaussNewtonOf(network, batch()));
      const truth = squaredCosine(gradientOf(network, batch()), u);
      expect(inside(alignment!.value, alignment!.errorBound!, truth)).toBe(true);
      expect(inside(overlap!.value, overlap!.errorBound!, squaredCosine(u, v))).toBe(true);
      expect(alignment!.errorKind).toBeUndefined();
    }
  });

  it("are unknown in a collapsed network, whose top eigenvalue is repeated", async () => {
    const problem = networkProblem(collapsed, BATCH);
    const found = await measure(
      problem,
      ["alignment", "full-alignment"].map(quantityByName),
      optionsOf(1, { tolerance: 0.02, maxBatches: 8 }),
    );
    for (const { value, errorBound } of found) {
      expect(errorBound!).toBeGreaterThan(0.99 * Math.max(value, 1 - value));
    }
  });
});

it("curvature along the gradient: its rounding does not vanish with it", async () => {
  const at = (target: number): Network => {
    const network = networkExample({ loss: "mse", activation: "tanh" }, { samples: SAMPLES });
    return { ...network, y: network.y.map((y) => y.map(() => Math.fround(target))) };
  };
  const along = (network: Network): number => {
    const g = gradientOf(network, everyone);
    const length = Math.hypot(...g);
    const [ahead, behind] = [1e-5, -1e-5].map((step) =>
      gradientOf(
        network,
        everyone,
        network.theta.map((x, i) => x + (step * g[i]!) / length),
      ),
    );
    return g.reduce((sum, x, i) => sum + (x * (ahead![i]! - behind![i]!)) / 2e-5, 0) / length;
  };
  // Large targets turn the curvature along the gradient negative.
  let [positive, negative] = [0, 1000];
  for (let halvings = 0; halvings < 50; halvings++) {
    const middle = (positive + negative) / 2;
    if (along(at(middle)) > 0) positive = middle;
    else negative = middle;
  }
  const network = at(positive);
  const [found] = await measure(
    networkProblem(network, BATCH),
    [quantityByName("step-sharpness")],
    optionsOf(1),
  );
  const error = Math.abs(found!.value - along(network));
  expect(error).toBeLessThanOrEqual(found!.errorBound!);
  expect(error).toBeGreaterThan(1e-4 * Math.abs(found!.value));
});

describe("topPairs", () => {
  /** A diagonal matrix; searches know nothing of that. */
  const diagonal = (spectrum: readonly number[]) => ({
    n: spectrum.length,
    apply(x: Float32Array, out: Float32Array) {
      for (const [i, value] of spectrum.entries()) out[i] = value * x[i]!;
    },
  });
  const searchOf = (seed: number) => ({
    tolerance: 0.05,
    stream: stream(seed, "pairs"),
    pause: async () => {},
  });
  const below = Array.from({ length: 80 }, (_, k) => 0.8 * 0.95 ** k);

  it("one: the bound of an unlucky search is as wide as it has to be", async () => {
    // The guess is an eigenvector of the second eigenvalue, and the first lies so near that a bound of
    // 5 % may leave it open. Of 20,000 seeds these have the least of its vector in their start, but for
    // 15, as many as may be at 99.9 %, that have too little.
    const seeds = [74, 4692, 5725, 6935, 9791, 11757, 15262, 18694, 18743, 19518];
    const spectrum = [1.045, 1, ...below];
    const guess = new Float32Array(spectrum.length);
    guess[1] = 1;
    for (const seed of seeds) {
      const unlucky = { uint32At: () => seed } as unknown as RandomStream;
      const search = { ...searchOf(0), stream: unlucky };
      const { value, errorBound } = await topPairs(diagonal(spectrum), [guess], search);
      expect(1.045 - value).toBeLessThanOrEqual(errorBound!);
      expect(1.045 - value).toBeGreaterThan(0.5 * errorBound!);
    }
  });

  it("several: repeated eigenvalues as often as they occur", async () => {
    const spectrum = [1, 1, 0.995, 0.9, 0.9, ...below];
    const count = new Count();
    for (let seed = 0; seed < (LONG ? 300 : 30); seed++) {
      const found = await topPairs(diagonal(spectrum), [], { ...searchOf(seed), count: 4 });
      for (const [i, theta] of found.values.entries()) {
        count.add(theta, found.errorBounds[i]!, spectrum[i]!);
      }
      expect(found.errorKind).toBe("certified");
    }
    expect(count.outside).toBe(0);
  });

  it("not certified: says so", async () => {
    const found = await topPairs(diagonal([1, ...below]), [], { ...searchOf(1), certify: false });
    expect(found.errorKind).toBe("uncertified");
  });
});
