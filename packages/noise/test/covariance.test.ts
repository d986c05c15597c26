import {
  covarianceFactor,
  type NoiseOptions,
  type NoiseSettings,
  type NoiseState,
  noiseByName,
} from "@eoss/noise";
import { stream } from "@eoss/rng";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, describe, expect, it } from "vitest";
import "./backend.js";
import {
  covarianceOf,
  diagonalMatrix,
  diagonalOf,
  enumeratedCovariance,
  type Matrix,
  outerProducts,
  sequences,
  subsets,
  total,
} from "./covariances.js";
import { noiseOf, noisyGradient, unitStream } from "./draws.js";
import { momentScores } from "./statistics.js";
import {
  differences,
  fullGradient,
  fullLoss,
  outputsAt,
  parameterCount,
  sampleGradients,
  samples,
  tensorBounds,
  tinyParams,
  tinyProblem,
} from "./tinyNetwork.js";

const batchSize = 3;
const learningRate = 0.1;
/** Float32 gradients of this network, relative to the norm of all. */
const FLOAT32 = 2e-6;

const params = tinyParams();
const problem = tinyProblem(params);
afterAll(() => tf.dispose(params));

/** Without replacement: the mean of a batch over all 220 batches of three. */
const batchCovariance = enumeratedCovariance(sampleGradients, subsets(samples, batchSize));

const meanOver = (values: readonly number[], bounds: readonly number[]) =>
  bounds.slice(1).flatMap((end, cell) => {
    const part = values.slice(bounds[cell], end);
    return part.map(() => total(part) / part.length);
  });
const variances = diagonalOf(batchCovariance);
const diagonalCovariance = diagonalMatrix(variances);
const blockCovariance = diagonalMatrix(meanOver(variances, tensorBounds));
const isotropicCovariance = diagonalMatrix(meanOver(variances, [0, parameterCount]));
const identity = diagonalMatrix(new Array(parameterCount).fill(1));

/** Σ_i J_iᵀJ_i by differences of the outputs. */
const jacobianProducts = outerProducts(
  sampleGradients.flatMap((_, i) => [0, 1].map((c) => differences((p) => outputsAt(p, i)[c]!))),
);

interface Variant {
  name: string;
  options?: NoiseOptions;
  covariance: Matrix;
  /** Random numbers of a step, for noise that is linear in them. */
  numbers?: number;
}

const sigma = 0.7;
const temperature = 0.02;
const variants: Variant[] = [
  { name: "directional", covariance: batchCovariance, numbers: samples },
  { name: "shuffled-sign", covariance: batchCovariance, numbers: samples },
  { name: "sde", options: { substeps: 1 }, covariance: batchCovariance, numbers: samples },
  { name: "diagonal", covariance: diagonalCovariance, numbers: parameterCount },
  { name: "block", covariance: blockCovariance, numbers: parameterCount },
  { name: "isotropic", covariance: isotropicCovariance, numbers: parameterCount },
  { name: "diagonal", options: { covariance: "drawn" }, covariance: diagonalCovariance },
  { name: "block", options: { covariance: "drawn" }, covariance: blockCovariance },
  { name: "isotropic", options: { covariance: "drawn" }, covariance: isotropicCovariance },
  {
    name: "constant",
    options: { variance: 0.3 },
    covariance: scaled(identity, 0.3),
    numbers: parameterCount,
  },
  {
    name: "langevin",
    options: { temperature },
    covariance: scaled(identity, (2 * temperature) / learningRate),
    numbers: parameterCount,
  },
  {
    name: "label",
    options: { sigma },
    covariance: scaled(jacobianProducts, (4 * sigma ** 2) / (samples * batchSize)),
    numbers: 2 * samples,
  },
];
const titled = variants.map((variant) => ({
  ...variant,
  title: `${variant.name} ${JSON.stringify(variant.options ?? {})}`,
}));

const settings = { step: 0, batchSize, learningRate, stream: stream(5, "noise") };

describe("covarianceFactor, against all batches of a small problem", () => {
  const sampleCovariance = covarianceOf(sampleGradients);

  it.each([1, 2, 3, 11, 12])("without replacement, b = %i", (b) => {
    const exact = enumeratedCovariance(sampleGradients, subsets(samples, b));
    const predicted = scaled(sampleCovariance, covarianceFactor({ samples, batchSize: b }));
    expect(distance(exact, predicted)).toBeLessThan(1e-13 * distance(sampleCovariance));
  });

  it.each([1, 2, 3])("with replacement, b = %i", (b) => {
    const exact = enumeratedCovariance(sampleGradients, sequences(samples, b));
    const factor = covarianceFactor({ samples, batchSize: b, replacement: true });
    expect(distance(exact, scaled(sampleCovariance, factor))).toBeLessThan(1e-12 * distance(exact));
  });
});

describe("the covariance of noise that is linear in its random numbers, without sampling", () => {
  const linear = titled.filter(({ numbers }) => numbers !== undefined);

  const exactly = ({ name, options, numbers }: Variant, changes = {}) =>
    outerProducts(
      Array.from({ length: numbers! }, (_, k) => [
        ...noiseOf(name, problem, { ...settings, stream: unitStream(k), ...options, ...changes }),
      ]),
    );

  it.each(linear)("$title", (variant) => {
    const error = distance(exactly(variant), variant.covariance);
    expect(error).toBeLessThan(FLOAT32 * distance(variant.covariance));
  });

  it.each(linear.filter(({ covariance }) => covariance === batchCovariance))(
    "$title with replacement",
    (variant) => {
      const expected = enumeratedCovariance(sampleGradients, sequences(samples, batchSize));
      const error = distance(exactly(variant, { replacement: true }), expected);
      expect(error).toBeLessThan(FLOAT32 * distance(expected));
    },
  );

  it("the check refuses a covariance that divides by n − 1", () => {
    const wrong = scaled(batchCovariance, samples / (samples - 1));
    expect(distance(exactly(linear[0]!), wrong)).toBeGreaterThan(0.05 * distance(wrong));
  });
});

describe("sampled moments", () => {
  const draws = 800;
  // One chunk, and one computation of an exact covariance at these fixed parameters: less to do.
  const whole = { ...problem, chunkSize: samples };
  const sample = ({ name, options }: Variant, changes: Partial<NoiseSettings> = {}) => {
    const kept = "refreshEvery" in noiseByName(name).defaults ? { refreshEvery: draws } : {};
    let state: NoiseState | undefined;
    return Array.from({ length: draws }, (_, step) => {
      const given = { ...settings, ...kept, ...options, ...changes, step, state };
      const made = noisyGradient(name, whole, given);
      state = made.state;
      return made.gradient.map((g, j) => g - fullGradient[j]!);
    });
  };

  it.each(titled)("$title has mean zero and its covariance", (variant) => {
    const scores = momentScores(sample(variant), variant.covariance);
    expect(scores.mean).toBeLessThan(4);
    expect(scores.covariance).toBeLessThan(4.5);
    expect(Math.abs(scores.trace)).toBeLessThan(3.5);
  });

  it("refuses noise without the factor of the finite population", () => {
    const wrong = sample(titled[0]!, { replacement: true });
    expect(momentScores(wrong, batchCovariance).trace).toBeGreaterThan(4.5);
  });

  it("refuses drawn noise that is 10 % too long", () => {
    const drawn = sample(titled.find(({ options }) => options?.covariance === "drawn")!);
    const wrong = drawn.map((x) => x.map((value) => 1.1 * value));
    expect(momentScores(wrong, diagonalCovariance).trace).toBeGreaterThan(4.5);
  });

  it("refuses directions where there should be none", () => {
    const directional = sample(titled[0]!);
    expect(momentScores(directional, diagonalCovariance).covariance).toBeGreaterThan(10);
  });
});

describe("the full gradient", () => {
  it.each(titled)("$title at b = n is ∇L, where the noise is that of batches", (variant) => {
    const { name, options } = variant;
    const { loss, gradient } = noisyGradient(name, problem, {
      ...settings,
      ...options,
      batchSize: samples,
      ...Object.fromEntries(
        ["variance", "temperature", "sigma"].filter((k) => k in (options ?? {})).map((k) => [k, 0]),
      ),
    });
    expect(Math.abs(loss - fullLoss)).toBeLessThan(1e-6 * fullLoss);
    expect(distance([[...gradient]], [fullGradient])).toBeLessThan(
      FLOAT32 * distance([fullGradient]),
    );
  });
});

function scaled(matrix: Matrix, factor: number): Matrix {
  return matrix.map((row) => row.map((value) => value * factor));
}

/** Frobenius norm of a − b, or of a alone. */
function distance(a: Matrix, b?: Matrix): number {
  const squares = a.map((row, j) =>
    total(row.map((value, k) => (value - (b?.[j]?.[k] ?? 0)) ** 2)),
  );
  return Math.sqrt(total(squares));
}
