import { defineOptimizer, type Optimizer } from "@eoss/sgd";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backends, useBackend } from "../../../hvp/src/backends.fixture.js";
import { errorAgainst, type ReferenceCase, referenceCases } from "../../test/references.js";

/** Single precision against double over eight steps; the largest measured is printed. */
const TOLERANCE = 1e-6;

const title = ({ optimizer, options }: ReferenceCase) => `${optimizer} ${JSON.stringify(options)}`;

describe.each(backends)("against PyTorch in float64, on %s", (backend) => {
  let worst = 0;
  beforeAll(() => useBackend(backend));
  afterAll(() => console.log(`largest relative error on ${backend}: ${worst.toExponential(1)}`));

  it.each(referenceCases.map((reference) => ({ reference, title: title(reference) })))(
    "$title",
    ({ reference }) => {
      const error = errorAgainst(reference);
      expect(error).toBeLessThan(TOLERANCE);
      worst = Math.max(worst, error);
    },
  );
});

// What is easily got wrong must not pass the comparison above.
describe("a wrong update is seen", () => {
  beforeAll(() => useBackend("cpu"));

  const { add, div, mul, sqrt, square, sub } = tf;
  const average = (old: tf.Tensor, next: tf.Tensor, beta: number) =>
    add(mul(old, beta), mul(next, 1 - beta));

  const momentum = (name: string, gradientShare: (momentum: number) => number) =>
    defineOptimizer({
      name,
      defaults: { momentum: 0.9 },
      slots: ["velocity"],
      threshold: { none: "made up" },
      update({ theta, gradient, slots }, { learningRate, momentum }) {
        const share = mul(gradient, gradientShare(momentum));
        const velocity = add(mul(slots.velocity, momentum), share);
        return { theta: sub(theta, mul(velocity, learningRate)), velocity };
      },
    });

  const rms = (name: string, root: (meanSquare: tf.Tensor, epsilon: number) => tf.Tensor) =>
    defineOptimizer({
      name,
      defaults: { alpha: 0.99, epsilon: 1e-8 },
      slots: ["meanSquare"],
      threshold: { none: "made up" },
      update({ theta, gradient, slots }, { learningRate, alpha, epsilon }) {
        const meanSquare = average(slots.meanSquare, square(gradient), alpha);
        const direction = div(gradient, root(meanSquare, epsilon));
        return { theta: sub(theta, mul(direction, learningRate)), meanSquare };
      },
    });

  interface AdamVariant {
    readonly coupled: boolean;
    readonly corrected: boolean;
    readonly root: (meanSquare: tf.Tensor, epsilon: number) => tf.Tensor;
  }
  const adamVariant = (name: string, { coupled, corrected, root }: AdamVariant) =>
    defineOptimizer({
      name,
      defaults: {
        betas: [0.9, 0.999] as readonly [number, number],
        epsilon: 1e-8,
        weightDecay: coupled ? 0 : 0.01,
        decay: coupled ? ("coupled" as const) : ("decoupled" as const),
      },
      slots: ["mean", "meanSquare"],
      threshold: { none: "made up" },
      update({ theta, gradient, slots, updates }, { learningRate, betas, epsilon }) {
        const mean = average(slots.mean, gradient, betas[0]);
        const meanSquare = average(slots.meanSquare, square(gradient), betas[1]);
        const [c1, c2] = corrected ? betas.map((beta) => 1 - beta ** updates) : [1, 1];
        const step = mul(div(div(mean, c1!), root(div(meanSquare, c2!), epsilon)), learningRate);
        return { theta: sub(theta, step), mean, meanSquare };
      },
    });

  const outside = (meanSquare: tf.Tensor, epsilon: number) => add(sqrt(meanSquare), epsilon);
  const inside = (meanSquare: tf.Tensor, epsilon: number) => sqrt(add(meanSquare, epsilon));

  /** The same machinery, put together rightly, must pass: so what fails is the mistake. */
  const right: Record<string, Optimizer> = {
    "heavy-ball": momentum("right", () => 1),
    rmsprop: rms("right", outside),
    adam: adamVariant("right", { coupled: true, corrected: true, root: outside }),
    adamw: adamVariant("right", { coupled: false, corrected: true, root: outside }),
  };
  const wrong: Array<{ what: string; of: string; optimizer: Optimizer }> = [
    { what: "dampened", of: "heavy-ball", optimizer: momentum("dampened", (beta) => 1 - beta) },
    { what: "heavy ball instead", of: "nesterov", optimizer: momentum("plain", () => 1) },
    { what: "epsilon inside the root", of: "rmsprop", optimizer: rms("inside", inside) },
    {
      what: "epsilon inside the root",
      of: "adam",
      optimizer: adamVariant("inside", { coupled: true, corrected: true, root: inside }),
    },
    {
      what: "uncorrected",
      of: "adam",
      optimizer: adamVariant("uncorrected", { coupled: true, corrected: false, root: outside }),
    },
    {
      what: "coupled decay",
      of: "adamw",
      optimizer: adamVariant("coupled", { coupled: true, corrected: true, root: outside }),
    },
  ];
  const ofOptimizer = (name: string) =>
    referenceCases.filter(({ optimizer }) => optimizer === name);

  it.each(Object.keys(right))("%s, put together rightly, passes", (name) => {
    for (const reference of ofOptimizer(name)) {
      expect(errorAgainst(reference, right[name])).toBeLessThan(TOLERANCE);
    }
  });

  it.each(wrong)("$of: $what", ({ of, optimizer }) => {
    for (const reference of ofOptimizer(of)) {
      // AdamW's default decay is left out of the coupled variant's defaults.
      const options = { ...(of === "adamw" && { weightDecay: 0.01 }), ...reference.options };
      const error = errorAgainst({ ...reference, options }, optimizer);
      expect(error).toBeGreaterThan(10 * TOLERANCE);
    }
  });
});
