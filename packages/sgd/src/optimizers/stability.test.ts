import { defineOptimizer, type OptimizerState, optimizerByName, type StepOptions } from "@eoss/sgd";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../../../hvp/src/backends.fixture.js";

beforeAll(() => useBackend("cpu"));

/** So slow a second moment that P stays what it is during the test. */
const STILL = 1 - 1e-9;
const ROOT = 3;

/** Each with the value that its formula has, worked out by hand. */
const cases: Array<{ name: string; options: StepOptions; threshold: number }> = [
  { name: "sgd", options: { learningRate: 0.01 }, threshold: 200 },
  { name: "sgd", options: { learningRate: 0.01, weightDecay: 40 }, threshold: 200 },
  { name: "heavy-ball", options: { learningRate: 0.01 }, threshold: 380 },
  { name: "heavy-ball", options: { learningRate: 0.5, momentum: 0.5 }, threshold: 6 },
  { name: "nesterov", options: { learningRate: 0.01 }, threshold: 380 / 2.8 },
  { name: "nesterov", options: { learningRate: 0.5, momentum: 0.5 }, threshold: 3 },
  { name: "rmsprop", options: { learningRate: 0.01, alpha: STILL }, threshold: 200 },
  { name: "rmsprop", options: { learningRate: 0.01, alpha: STILL, epsilon: 2 }, threshold: 200 },
  { name: "adam", options: { learningRate: 0.01, betas: [0.9, STILL] }, threshold: 3800 },
  {
    name: "adam",
    options: { learningRate: 0.01, betas: [0.5, STILL], epsilon: 2 },
    threshold: 600,
  },
  {
    name: "adamw",
    options: { learningRate: 0.01, betas: [0.9, STILL], weightDecay: 0 },
    threshold: 3800,
  },
  {
    name: "adamw",
    options: { learningRate: 0.01, betas: [0.9, STILL], weightDecay: 40 },
    threshold: 3800 * 0.8,
  },
  // Derived for any formula; each is tried.
  ...[
    { name: "sgd", threshold: 200 },
    { name: "heavy-ball", threshold: 380 },
    { name: "nesterov", threshold: 380 / 2.8 },
    { name: "rmsprop", options: { alpha: STILL }, threshold: 200 },
    { name: "adam", options: { betas: [0.9, STILL] as const }, threshold: 3800 },
  ].map(({ name, options, threshold }) => ({
    name,
    options: { ...options, learningRate: 0.01, weightDecay: 40, decay: "decoupled" as const },
    threshold: threshold * 0.8,
  })),
];

/** w where it acts through the gradient. */
const coupledIn = (name: string, { decay, weightDecay = 0 }: StepOptions) =>
  (decay ?? (name === "adamw" ? "decoupled" : "coupled")) === "coupled" ? weightDecay : 0;

/** A state at x = 1e-6 with P = ROOT + ε at late steps: what adaptive optimizers reach in a long run. */
function beginning(name: string): OptimizerState {
  const optimizer = optimizerByName(name);
  const state = optimizer.init({ x: tf.tensor1d([1e-6]) });
  if (!("meanSquare" in state.slots)) return state;
  state.slots.meanSquare!.x!.dispose();
  const slots = { ...state.slots, meanSquare: { x: tf.tensor1d([ROOT ** 2]) } };
  return { ...state, step: 1e12, slots };
}

/** |x| / |x at first| after many steps on x²·λ/2, for λ = P·(ratio · threshold) less coupled decay. */
function growth(name: string, options: StepOptions, ratio: number): number {
  const optimizer = optimizerByName(name);
  let state = beginning(name);
  const preconditioner = optimizer.preconditioner(state, options);
  const scale = preconditioner ? preconditioner.x!.dataSync()[0]! : 1;
  const coupled = coupledIn(name, options);
  const lambda = scale * ratio * optimizer.threshold(options).value - coupled;
  const first = state.params.x!.dataSync()[0]!;
  for (let i = 0; i < 600; i++) {
    const gradient = { x: tf.mul(state.params.x!, lambda) };
    state = optimizer.step(gradient, state, options);
    gradient.x.dispose();
    const x = state.params.x!.dataSync()[0]!;
    // Left to grow, g would move P and so stop the divergence: the edge of stability of adaptive methods.
    if (!(Math.abs(x / first) < 100)) return Number.POSITIVE_INFINITY;
  }
  return Math.abs(state.params.x!.dataSync()[0]! / first);
}

describe.each(cases)("$name with $options", ({ name, options, threshold }) => {
  it("has the threshold of its formula", () => {
    expect(optimizerByName(name).threshold(options).value).toBeCloseTo(threshold, 9);
  });

  it("says how its weight decay acts, and whether it divides its steps", () => {
    const optimizer = optimizerByName(name);
    expect(optimizer.coupledDecay(options)).toBe(coupledIn(name, options));
    expect(optimizer.preconditions).toBe(/adam|rms/.test(name));
  });

  it("converges on a quadratic 2 % below, and diverges 2 % above", () => {
    expect(growth(name, options, 0.98)).toBeLessThan(0.7);
    expect(growth(name, options, 1.02)).toBeGreaterThan(1.4);
  });
});

// With little momentum P comes to rest, with more it swings about the same place.
describe("the edge of stability", () => {
  it.each([
    { name: "rmsprop", options: { learningRate: 0.01, alpha: 0.9 } },
    { name: "adam", options: { learningRate: 0.01, betas: [0.1, 0.9] as const } },
    {
      name: "adamw",
      options: { learningRate: 0.01, betas: [0.1, 0.9] as const, weightDecay: 10 },
    },
  ])("$name left to itself brings its own P there", ({ name, options }) => {
    const optimizer = optimizerByName(name);
    const curvature = 500;
    let state = optimizer.init({ x: tf.tensor1d([1]) });
    for (let i = 0; i < 3000; i++) {
      const gradient = { x: tf.mul(state.params.x!, curvature) };
      state = optimizer.step(gradient, state, options);
      gradient.x.dispose();
    }
    const p = optimizer.preconditioner(state, options)!.x!.dataSync()[0]!;
    expect(curvature / p / optimizer.threshold(options).value).toBeCloseTo(1, 4);
  });
});

describe("preconditioner", () => {
  it("is the identity for optimizers that do not adapt", () => {
    for (const name of ["sgd", "heavy-ball", "nesterov"]) {
      const optimizer = optimizerByName(name);
      const state = optimizer.init({ x: tf.tensor1d([1]) });
      expect(optimizer.preconditioner(state, { learningRate: 1 })).toBeUndefined();
    }
  });

  it("divides the step that was made: of a first update, P⁻¹·mean·η is the change of θ", () => {
    for (const name of ["rmsprop", "adam"]) {
      const optimizer = optimizerByName(name);
      const options = { learningRate: 0.25, epsilon: 0.5 };
      const gradient = { x: tf.tensor1d([3, -0.25]) };
      const state = optimizer.step(gradient, optimizer.init({ x: tf.zeros([2]) }), options);
      const p = optimizer.preconditioner(state, options)!.x!.dataSync();
      const direction = (state.slots.mean?.x ?? gradient.x).dataSync();
      const expected = [0, 1].map((i) => (-0.25 * direction[i]!) / p[i]!);
      const actual = [...state.params.x!.dataSync()];
      for (const i of [0, 1]) expect(actual[i]! / expected[i]!).toBeCloseTo(1, 6);
    }
  });

  it("does not exist before the first update, which decides it", () => {
    const state = optimizerByName("adam").init({ x: tf.tensor1d([1]) });
    expect(() => optimizerByName("adam").preconditioner(state, { learningRate: 1 })).toThrow(
      /adam has no preconditioner before its first update/,
    );
  });
});

describe("with small batches", () => {
  it("batch sharpness is reported at 2(1 − β)/η for heavy ball, and nowhere else for the others", () => {
    const small = (name: string, options: StepOptions) =>
      optimizerByName(name).smallBatchThreshold(options);
    expect(small("heavy-ball", { learningRate: 0.1 })?.value).toBeCloseTo(2, 9);
    expect(small("heavy-ball", { learningRate: 0.5, momentum: 0.5 })).toMatchObject({
      value: 2,
      formula: "2(1 − β)/η",
    });
    for (const name of ["sgd", "nesterov", "rmsprop", "adam", "adamw"]) {
      expect(small(name, { learningRate: 0.1 })).toBeUndefined();
    }
  });
});

it("with a decoupled decay that alone overshoots there is no threshold", () => {
  const { value, words } = optimizerByName("sgd").threshold({
    learningRate: 0.1,
    weightDecay: 20,
    decay: "decoupled",
  });
  expect(value).toBeNaN();
  expect(words).toBe("the weight decay alone makes the steps unstable");
});

it("a threshold says that it holds without clipping", () => {
  const { words } = optimizerByName("sgd").threshold({ learningRate: 0.1, clip: 1 });
  expect(words).toMatch(/, where the gradient is not clipped$/);
});

it("an optimizer may say that no sharpness decides about it", () => {
  for (const name of ["sign-descent", "normalized-descent", "muon", "spectral-descent", "sam"]) {
    const { value, formula, words } = optimizerByName(name).threshold({ learningRate: 0.1 });
    expect([value, formula]).toEqual([Number.NaN, undefined]);
    expect(words).toContain("no threshold");
  }
  const { threshold } = defineOptimizer({
    name: "sign-descent",
    defaults: {},
    slots: [],
    threshold: { none: "its steps are as long whatever the gradient" },
    update: ({ theta, gradient }, { learningRate }) => ({
      theta: tf.sub(theta, tf.mul(tf.sign(gradient), learningRate)),
    }),
  });
  expect(threshold({ learningRate: 1 })).toEqual({
    value: Number.NaN,
    words: "its steps are as long whatever the gradient",
  });
});
