import { crossEntropy, disposeTree, flatten, UnverifiedOpError } from "@eoss/hvp";
import {
  block,
  diagonal,
  directional,
  isotropic,
  label,
  langevin,
  type Noise,
  type NoiseOptions,
  type NoiseState,
  noiseByName,
  noises,
  shuffledSign,
} from "@eoss/noise";
import { stream } from "@eoss/rng";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, describe, expect, it } from "vitest";
import "./backend.js";
import { noisyGradient } from "./draws.js";
import { parameterCount, type TinyParams, tinyParams, tinyProblem } from "./tinyNetwork.js";

const params = tinyParams();
const problem = tinyProblem(params);
afterAll(() => disposeTree(params));

const settings = { step: 3, batchSize: 4, learningRate: 0.1, stream: stream(11, "noise") };

const needed: Record<string, NoiseOptions> = {
  constant: { variance: 0.1 },
  langevin: { temperature: 0.1 },
  label: { sigma: 0.1 },
  sde: { substeps: 3 },
};
const cases = [
  ...Object.keys(noises).map((name) => ({ name, options: needed[name] ?? {} })),
  ...["diagonal", "block", "isotropic"].flatMap((name) => [
    { name, options: { covariance: "drawn" as const } },
    { name, options: { refreshEvery: 2 } },
  ]),
];

describe.each(cases)("$name $options", ({ name, options }) => {
  const at = (changes = {}) =>
    noisyGradient(name, problem, { ...settings, ...options, ...changes }).gradient;

  it("gives the same bits for the same stream and step, and others for another", () => {
    const first = at();
    expect(at({ stream: stream(11, "noise") })).toEqual(first);
    expect(at({ step: 4 })).not.toEqual(first);
    expect(at({ stream: stream(12, "noise") })).not.toEqual(first);
  });

  it("leaves no tensor behind, and the parameters as they were", () => {
    const before = { tensors: tf.memory().numTensors, theta: bits(params) };
    at();
    expect(tf.memory().numTensors).toBe(before.tensors);
    expect(bits(params)).toEqual(before.theta);
  });

  it("vanishes with b = n exactly where it says that it is that of batches", () => {
    const [one, other] = [11, 12].map((seed) =>
      String(at({ batchSize: problem.samples, stream: stream(seed, "noise") })),
    );
    expect(one === other).toBe(noiseByName(name).ofBatches);
  });

  it("refuses networks that couple samples", () => {
    const coupled = { ...problem, coupled: true };
    expect(() => noiseByName(name).gradient(coupled, { ...settings, ...options })).toThrow(
      /couples the samples of a batch \(batch normalisation\)/,
    );
  });
});

describe("a problem that is none", () => {
  const { samples: _, ...unsized } = problem;
  it.each<[string, object, RegExp]>([
    ["n for samples", { ...unsized, n: problem.samples }, /samples of the problem is undefined/],
    [
      "the name of a loss",
      { ...problem, head: "mse" },
      /head of the problem is "mse"; allowed: a function/,
    ],
    ["no targets", { ...problem, targetsOf: undefined }, /targetsOf of the problem is missing/],
    [
      "a sum over samples",
      { ...problem, head: (f: tf.Tensor, y: tf.Tensor) => tf.sum(tf.square(tf.sub(f, y))) },
      /no mean over samples/,
    ],
    [
      "a loss of the first sample alone",
      {
        ...problem,
        head: (f: tf.Tensor, y: tf.Tensor) =>
          tf.mean(tf.square(tf.sub(tf.slice(f, 0, 1), tf.slice(y, 0, 1)))),
      },
      /no mean over samples/,
    ],
  ])("%s", (_, wrong, message) => {
    expect(() => directional.gradient(wrong as typeof problem, settings)).toThrow(message);
  });

  it("a seed for a stream", () => {
    const seeded = { ...settings, stream: 3 as never };
    expect(() => directional.gradient(problem, seeded)).toThrow(/takes a random stream, not 3/);
  });
});

describe("a kept covariance", () => {
  const options = { ...settings, refreshEvery: 3 };

  /** Ten steps of descent; `at` may hand over another state than the one of the step before. */
  function descend(
    noise: Noise,
    onState: (state: NoiseState | undefined, step: number) => NoiseState | undefined,
  ): Float32Array {
    let theta: TinyParams = tinyParams();
    let state: NoiseState | undefined;
    for (let step = 0; step < 10; step++) {
      const made = noise.gradient({ ...problem, params: theta }, { ...options, step, state });
      state = onState(made.state, step);
      const next = Object.fromEntries(
        Object.entries(theta).map(([key, value]) => [
          key,
          tf.tidy(() => tf.sub(value, tf.mul(made.gradient[key as keyof TinyParams], 0.05))),
        ]),
      );
      disposeTree(made.gradient);
      disposeTree(theta);
      theta = next as TinyParams;
    }
    const end = bits(theta);
    disposeTree(theta);
    return end;
  }

  it.each([diagonal, block, isotropic])("of $name is made anew every K steps alone", (noise) => {
    const made: number[] = [];
    descend(noise, (state) => {
      made.push(state!.step);
      return state;
    });
    expect(made).toEqual([0, 0, 0, 3, 3, 3, 6, 6, 6, 9]);
  });

  it.each([diagonal, block, isotropic])("of $name resumes bit for bit as plain data", (noise) => {
    const whole = descend(noise, (state) => state);
    const resumed = descend(noise, (state) => {
      return JSON.parse(JSON.stringify(state));
    });
    expect(resumed).toEqual(whole);
    const forgotten = descend(noise, (state, step) => (step === 4 ? undefined : state));
    expect(forgotten).not.toEqual(whole);
  });

  it("is not kept by default, nor taken from another noise", () => {
    const made = isotropic.gradient(problem, settings);
    expect(made.state).toBeUndefined();
    disposeTree(made.gradient);
    const kept = isotropic.gradient(problem, options);
    disposeTree(kept.gradient);
    expect(() => block.gradient(problem, { ...options, state: kept.state })).toThrow(
      "the kept noise state has 1 variances, 4 are needed: was it made by another noise",
    );
  });
});

describe("random signs", () => {
  // With two samples the noise is c/√2·(s_0 − s_1)·(∇ℓ_0 − ∇L): nothing, or of one length.
  const lengths = (noise: Noise) => {
    const two = { ...problem, samples: 2 };
    const gradients = Array.from({ length: 40 }, (_, step) => {
      const made = noise.gradient(two, { ...settings, batchSize: 1, step });
      const first = bits(made.gradient)[0]!;
      disposeTree(made.gradient);
      return first.toPrecision(4);
    });
    return new Set(gradients).size;
  };

  it("are all that shuffled-sign draws", () => {
    expect(lengths(shuffledSign)).toBe(3);
    expect(lengths(directional)).toBe(40);
  });
});

describe("sequences", () => {
  // The two outputs as two positions of one output each: the loss is a mean over positions as well.
  const asPositions = (t: tf.Tensor) => tf.reshape(t, [-1, 2, 1]);
  const sequences = {
    ...problem,
    outputsOf: (indices: Int32Array) => (p: TinyParams) =>
      asPositions(problem.outputsOf(indices)(p)),
    targetsOf: (indices: Int32Array) => tf.tidy(() => asPositions(problem.targetsOf(indices))),
  };

  it.each([
    { name: "directional", options: {} },
    { name: "diagonal", options: {} },
    { name: "label", options: { sigma: 0.5 } },
  ])("$name: all positions of a sample have its weight", ({ name, options }) => {
    const all = noisyGradient(name, problem, { ...settings, ...options });
    const mean = noisyGradient(name, sequences, { ...settings, ...options });
    expect(mean.loss).toBeCloseTo(all.loss / 2, 6);
    mean.gradient.forEach((g, j) => {
      expect(Math.abs(g - all.gradient[j]! / 2)).toBeLessThan(1e-6);
    });
  });
});

describe("what does not fit is an error", () => {
  const refusal = (name: string, changes: object) => () =>
    noiseByName(name).gradient(problem, { ...settings, ...changes });

  it.each([
    { name: "directional", changes: { batchSize: 13 }, message: "from 1 to 12 samples, not 13" },
    { name: "directional", changes: { step: -1 }, message: "an integer from 0 on, not -1" },
    { name: "directional", changes: { step: 0.5 }, message: "an integer from 0 on, not 0.5" },
    {
      name: "sde",
      changes: { substeps: 2, learningRate: Number.NaN },
      message: "the learning rate must be a finite number ≥ 0, not NaN",
    },
    {
      name: "directional",
      changes: { sigma: 1 },
      message: "directional has no option sigma; it has: no options",
    },
    {
      name: "diagonal",
      changes: { variance: 1 },
      message: "diagonal has no option variance; it has: covariance, refreshEvery",
    },
    {
      name: "isotropic",
      changes: { covariance: "guessed" },
      message: 'covariance of isotropic is "guessed"; allowed: "exact", "drawn"',
    },
    {
      name: "block",
      changes: { refreshEvery: 0 },
      message: "refreshEvery of block is 0; allowed: an integer from 1 on",
    },
    {
      name: "constant",
      changes: {},
      message: "constant needs the option variance: a finite number ≥ 0",
    },
    {
      name: "constant",
      changes: { variance: Number.POSITIVE_INFINITY },
      message: "variance of constant is Infinity; allowed: a finite number ≥ 0",
    },
    { name: "label", changes: { sigma: -1 }, message: "sigma of label is -1" },
    { name: "sde", changes: {}, message: "sde needs the option substeps: an integer from 1 on" },
    {
      name: "langevin",
      changes: { temperature: 1, learningRate: 0 },
      message: "langevin has noise of variance 2T/η: the learning rate must be above 0",
    },
  ])("$name: $message", ({ name, changes, message }) => {
    expect(refusal(name, changes)).toThrow(RangeError);
    expect(refusal(name, changes)).toThrow(message);
  });

  it("checkOptions says so before a run", () => {
    expect(() => langevin.checkOptions({})).toThrow("langevin needs the option temperature");
    expect(() => langevin.checkOptions({ temperature: 1 })).not.toThrow();
  });

  it("unknown names", () => {
    expect(() => noiseByName("isotopic")).toThrow(
      'unknown noise "isotopic"; allowed: directional, shuffled-sign, diagonal, block, ' +
        "isotropic, constant, langevin, label, sde",
    );
    expect(() => noiseByName("toString")).toThrow(/unknown noise/);
  });

  it("another loss under label noise", () => {
    const other = { ...problem, head: crossEntropy };
    expect(() => label.gradient(other, { ...settings, sigma: 1 })).toThrow(
      "label noise is defined for the squared error",
    );
  });

  it("outputs that are not one row for each sample", () => {
    const before = tf.memory().numTensors;
    const flat = {
      ...problem,
      outputsOf: (indices: Int32Array) => (p: TinyParams) =>
        tf.reshape(problem.outputsOf(indices)(p), [-1]),
    };
    expect(() => directional.gradient(flat, settings)).toThrow(
      "the outputs of 5 samples have shape [10]; its first number must be 5",
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it("an op without a verified derivative", () => {
    const stranger = tf.customGrad((x) => ({
      value: tf.square(x as tf.Tensor),
      gradFunc: (dy) => dy,
    }));
    const wrong = {
      ...problem,
      outputsOf: (indices: Int32Array) => (p: TinyParams) =>
        stranger(problem.outputsOf(indices)(p)),
    };
    expect(() => directional.gradient(wrong, settings)).toThrow(UnverifiedOpError);
  });
});

it("a loss that is not finite comes back as it is", () => {
  const targetsOf = (indices: Int32Array) => tf.fill([indices.length, 2], 1e30);
  for (const { name, options } of cases) {
    const made = noisyGradient(name, { ...problem, targetsOf }, { ...settings, ...options });
    expect(made.loss).toBe(Number.POSITIVE_INFINITY);
  }
});

function bits(tree: TinyParams): Float32Array {
  return flatten(tree, new Float32Array(parameterCount));
}
