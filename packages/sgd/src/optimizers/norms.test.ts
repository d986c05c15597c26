// Norms on the device against float64, and optimizers that need them, where numbers come only later.
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useLateBackend } from "../../../sharpness/src/fixtures/lateBackend.fixture.js";
import { defineOptimizer } from "./define.js";
import { atMostOne, normOf, normOnDevice, over } from "./norms.js";
import { disposeState, type Params } from "./optimizer.js";
import { optimizerByName } from "./registry.js";

const entries = (n: number, scale: number) =>
  Float32Array.from({ length: n }, (_, i) => scale * (1 + Math.sin(12.9898 * i + 1)));

/** In double precision. */
const exact = (parts: readonly Float32Array[]) =>
  Math.hypot(...parts.map((part) => Math.sqrt(part.reduce((sum, x) => sum + x * x, 0))));

describe("the norm on a device", () => {
  it.each([
    ["of few entries", [3, 1], 1],
    ["of many entries", [300_000, 65], 1],
    ["whose squares no float32 holds", [100, 4097], 1e30],
    ["whose squares are gone in float32", [100, 4097], 1e-25],
  ])("%s is within 1e-6", (_, sizes, scale) => {
    const parts = sizes.map((n) => entries(n, scale));
    const norm = tf.tidy(() => normOnDevice(parts.map((part) => tf.tensor1d(part))).dataSync()[0]!);
    expect(Math.abs(norm / exact(parts) - 1)).toBeLessThan(1e-6);
  });

  it("is 0 of zeros", () => {
    expect(normOnDevice([tf.zeros([3, 2])]).dataSync()[0]).toBe(0);
  });
});

describe("factors of a norm", () => {
  const scalar = (of: number | tf.Tensor) => (of as tf.Tensor).dataSync()[0]!;

  it("are the same as a number and as a scalar", () => {
    for (const norm of [0, 0.25, 7]) {
      const onDevice = tf.scalar(norm);
      expect(scalar(over(-3, onDevice)) * norm).toBeCloseTo((over(-3, norm) as number) * norm, 5);
      expect(scalar(atMostOne(2, onDevice, 1e-6))).toBeCloseTo(
        atMostOne(2, norm, 1e-6) as number,
        6,
      );
    }
  });

  it("make nothing of a gradient of zero", () => {
    expect(over(3, 0)).toBe(0);
    expect(scalar(tf.mul(0, over(3, tf.scalar(0))))).toBe(0);
  });
});

describe("where numbers come only later", () => {
  /** Two parameters whose matrices have both shapes, and a bias. */
  const made = (of: (shape: number[], k: number) => tf.Tensor): Params => ({
    tall: of([40, 6], 0),
    wide: of([3, 50], 1),
    bias: of([7], 2),
  });
  const tensors = (scale: number) =>
    made((shape, k) =>
      tf.tidy(() =>
        tf.add(tf.tensor(entries(tf.util.sizeFromShape(shape), scale), shape), 0.1 * k),
      ),
    );

  /** θ after two steps, with the point ahead of the second. */
  async function stepped(name: string, options: Record<string, number | string>) {
    const rule = optimizerByName(name);
    const given = { learningRate: 0.1, ...options };
    let state = rule.init(tensors(1));
    const gradient = tensors(-0.3);
    for (let step = 0; step < 2; step++) {
      const ahead = rule.lookAhead(gradient, state, given);
      if (ahead) {
        state = rule.step(ahead, state, given);
        tf.dispose(ahead as tf.NamedTensorMap);
      }
      state = rule.step(gradient, state, given);
    }
    const values = await Promise.all(Object.values(state.params).map((theta) => theta.data()));
    disposeState(state);
    tf.dispose(gradient as tf.NamedTensorMap);
    return values.flatMap((part) => [...part]);
  }

  const cases: [string, Record<string, number | string>][] = [
    ["sgd", { clip: 0.5 }],
    ["sgd", { clip: 1e6, weightDecay: 0.01 }],
    ["adam", { clip: 0.5, weightDecay: 0.01, decay: "decoupled" }],
    ["sam", { rho: 0.2 }],
    ["sam", { rho: 0.2, clip: 0.5 }],
    ["normalized-descent", {}],
    ["normalized-descent", { weightDecay: 0.1 }],
    ["muon", {}],
  ];
  const atOnce = new Map<string, number[]>();

  beforeAll(async () => {
    await tf.setBackend("cpu");
    for (const [name, options] of cases) {
      atOnce.set(JSON.stringify([name, options]), await stepped(name, options));
    }
    await useLateBackend();
  });

  // Other files may follow in this process.
  afterAll(() => tf.setBackend("cpu"));

  it.each(cases)(
    "%s %o goes as where they come at once, and leaves nothing",
    async (name, options) => {
      const before = tf.memory().numTensors;
      const late = await stepped(name, options);
      expect(tf.memory().numTensors).toBe(before);
      const plain = atOnce.get(JSON.stringify([name, options]))!;
      expect(late).toHaveLength(plain.length);
      const apart = late.map((x, k) => Math.abs(x - plain[k]!));
      expect(Math.max(...apart)).toBeLessThan(1e-5);
      expect(plain).not.toEqual(late.map(() => 0));
    },
  );

  it("a norm as a number is refused, with what to take instead", () => {
    const own = defineOptimizer({
      name: "own",
      defaults: {},
      slots: [],
      threshold: { none: "not known" },
      update: ({ theta, gradient, gradientNorm }) => ({
        theta: tf.sub(theta, tf.mul(gradient, 1 / gradientNorm())),
      }),
    });
    expect(() => own.step(tensors(1), own.init(tensors(1)), { learningRate: 1 })).toThrow(
      /own asks for gradientNorm\(\).*overGradientNorm/,
    );
  });

  it("a norm is a scalar there", () => {
    expect(typeof normOf([tf.mul(tf.tensor1d(entries(70, 1)), 2)])).not.toBe("number");
  });
});
