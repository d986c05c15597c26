import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { cifar10, type Dataset, oneHot } from "@eoss/data/node";
import { disposeTree, flatten, gradient, layoutOf, mse, type ParameterTree } from "@eoss/hvp";
import {
  covarianceFactor,
  isotropic,
  type NoiseOptions,
  type NoiseProblem,
  type NoiseState,
  noiseByName,
} from "@eoss/noise";
import { stream } from "@eoss/rng";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { meanOf, zScore } from "./statistics.js";

const dataDir = fileURLToPath(new URL("../../../../shared/data/cifar10/", import.meta.url));
const absent = !existsSync(dataDir);
if (absent) console.log("skipped: no CIFAR-10 images (the repository has no ../shared beside it)");

const samples = 64;
const batchSize = 16;
const pixels = 3072;
const width = 4;

type Params = Readonly<Record<"w1" | "b1" | "w2" | "b2", tf.Tensor>>;

describe.skipIf(absent)("the size of noise, on CIFAR-10 images and a small perceptron", () => {
  let problem: NoiseProblem<Params>;
  let mean: Float64Array;
  /** ‖g_B − ∇L‖² of mini-batches that were really drawn. */
  let batchNoise: number[];

  beforeAll(async () => {
    tf.enableProdMode();
    await tf.setBackend("wasm");
    problem = problemOf(await cifar10({ dataDir, samples }));
    mean = batchGradient(Int32Array.from({ length: samples }, (_, i) => i));
    const order = stream(1, "data-order");
    batchNoise = Array.from({ length: 400 }, (_, k) =>
      squaredDistance(batchGradient(order.fork(k).sample(samples, batchSize)), mean),
    );
  });
  afterAll(() => {
    if (problem) disposeTree(problem.params);
  });

  const noiseSizes = (name: string, options: NoiseOptions = {}) => {
    let state: NoiseState | undefined;
    return Array.from({ length: 100 }, (_, step) => {
      const settings = { step, state, batchSize, learningRate: 0.01, stream: stream(2, "noise") };
      const made = noiseByName(name).gradient(problem, { ...settings, ...options });
      state = made.state;
      return squaredDistance(flat(made.gradient), mean);
    });
  };

  it("is the trace that the exact covariance of single samples gives", () => {
    const settings = { step: 0, batchSize, learningRate: 0.01, refreshEvery: 2 };
    const made = isotropic.gradient(problem, { ...settings, stream: stream(3, "noise") });
    const trace = made.state!.variance[0]! * layoutOf(problem.params).size;
    const factor = covarianceFactor({ samples, batchSize });
    disposeTree(made.gradient);
    expect(Math.abs(zScore(batchNoise, factor * trace))).toBeLessThan(3.5);
    // A quarter of the samples in each batch: independent draws would give 1.31 times as much.
    expect(zScore(batchNoise, trace / batchSize)).toBeLessThan(-5);
  });

  it.each([
    { name: "directional" },
    { name: "shuffled-sign" },
    { name: "diagonal", options: { refreshEvery: 100 } },
    { name: "isotropic", options: { covariance: "drawn" } },
  ] as { name: string; options?: NoiseOptions }[])(
    "$name noise is as large as that of mini-batches",
    ({ name, options }) => {
      const sizes = noiseSizes(name, options);
      expect(Math.abs(twoSample(sizes, batchNoise))).toBeLessThan(3.5);
      // The same noise without the factor of the finite population.
      const wrong = (samples - 1) / (samples - batchSize);
      expect(
        twoSample(
          sizes.map((size) => wrong * size),
          batchNoise,
        ),
      ).toBeGreaterThan(3.5);
    },
  );

  function batchGradient(indices: Int32Array): Float64Array {
    const targets = problem.targetsOf(indices);
    const made = gradient(
      (p: Params) => mse(problem.outputsOf(indices)(p), targets),
      problem.params,
    );
    targets.dispose();
    made.loss.dispose();
    return flat(made.gradient);
  }
});

function problemOf({ images, labels, classes }: Dataset): NoiseProblem<Params> {
  const init = stream(0, "init");
  const normal = (t: number, shape: number[], fanIn: number) => {
    const values = init.fork(t).normals(tf.util.sizeFromShape(shape));
    return tf.tensor(
      values.map((z) => z * Math.sqrt(2 / fanIn)),
      shape,
    );
  };
  const imagesOf = (indices: Int32Array) =>
    tf.stack([...indices].map((i) => tf.tensor1d(images.subarray(i * pixels, (i + 1) * pixels))));
  return {
    params: {
      w1: normal(0, [pixels, width], pixels),
      b1: tf.zeros([width]),
      w2: normal(1, [width, classes], width),
      b2: tf.zeros([classes]),
    },
    samples,
    head: mse,
    outputsOf: (indices) => (p: Params) => {
      const hidden = tf.relu(tf.add(tf.matMul(imagesOf(indices), p.w1), p.b1));
      return tf.add(tf.matMul(hidden, p.w2), p.b2);
    },
    targetsOf: (indices) =>
      tf.tensor2d(
        oneHot(
          indices.map((i) => labels[i]!),
          classes,
        ),
        [indices.length, classes],
      ),
  };
}

/** As a vector; disposes the tree. */
function flat(tree: ParameterTree): Float64Array {
  const values = flatten(tree, new Float64Array(layoutOf(tree).size));
  disposeTree(tree);
  return values;
}

function squaredDistance(x: Float64Array, y: Float64Array): number {
  return x.reduce((sum, value, j) => sum + (value - y[j]!) ** 2, 0);
}

/** z of the difference between the means of two samples. */
function twoSample(a: readonly number[], b: readonly number[]): number {
  const x = meanOf(a);
  const y = meanOf(b);
  return (x.mean - y.mean) / Math.hypot(x.error, y.error);
}
