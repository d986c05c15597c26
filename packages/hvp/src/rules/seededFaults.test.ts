import { type GradientRule, registerRule } from "@eoss/hvp";
import { checkRule, RuleCheckError, sample } from "@eoss/hvp/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../backends.fixture.js";
import { constant } from "../tape/constant.js";
import { ruleFor } from "./registry.js";

/**
 * A check that cannot fail is worth nothing: each of these rules is wrong in one way that occurs in
 * practice, and must be caught.
 */
interface Fault {
  readonly name: string;
  readonly rule: GradientRule;
  readonly f: (x: tf.Tensor) => tf.Tensor;
  /** What must be reported. */
  readonly caught: "gradientError" | "hvpError" | "leaves";
}

const original = new Map(["Tanh", "Sigmoid", "Transpose"].map((name) => [name, ruleFor(name)!]));

const kept: tf.Tensor[] = [];

const faults: Fault[] = [
  {
    name: "a value cut off from the input: the fault of tfjs' own gradients of gradients",
    rule: {
      kernelName: "Tanh",
      saveOutput: true,
      gradient: ({ dy, output }) => {
        const y = constant(() => tf.clone(output()));
        return { x: () => tf.mul(dy, tf.sub(1, tf.square(y))) };
      },
    },
    f: tf.tanh,
    caught: "hvpError",
  },
  {
    name: "a wrong sign",
    rule: {
      kernelName: "Sigmoid",
      saveOutput: true,
      gradient: ({ dy, output }) => ({
        x: () => tf.mul(dy, tf.mul(output(), tf.add(1, output()))),
      }),
    },
    f: tf.sigmoid,
    caught: "gradientError",
  },
  {
    name: "a factor that is off by one in a thousand",
    rule: {
      kernelName: "Tanh",
      saveOutput: true,
      gradient: ({ dy, output }) => ({
        x: () => tf.mul(dy, tf.sub(1, tf.mul(1.001, tf.square(output())))),
      }),
    },
    f: tf.tanh,
    caught: "gradientError",
  },
  {
    name: "axes permuted forwards instead of back",
    rule: {
      kernelName: "Transpose",
      gradient: ({ dy, attrs }) => ({ x: () => tf.transpose(dy, attrs.perm as number[]) }),
    },
    f: (x) => tf.transpose(tf.reshape(x, [2, 2, 2]), [1, 2, 0]),
    caught: "gradientError",
  },
  {
    name: "tensors kept for ever",
    rule: {
      kernelName: "Tanh",
      saveOutput: true,
      gradient: ({ dy, output }) => {
        kept.push(tf.keep(tf.square(output())));
        return { x: () => tf.mul(dy, tf.sub(1, tf.square(output()))) };
      },
    },
    f: tf.tanh,
    caught: "leaves",
  },
];

describe("checkRule", () => {
  beforeAll(() => useBackend("cpu"));
  afterEach(() => {
    for (const rule of original.values()) registerRule(rule);
    tf.dispose(kept);
  });

  it.each(faults)("catches $name", ({ rule, f, caught }) => {
    const check = {
      name: rule.kernelName,
      f: ({ x }: Record<string, tf.Tensor>) => f(x!),
      inputs: { x: sample([8]) },
    };
    expect(checkRule(check).hvpError).toBeLessThan(1e-4);
    registerRule(rule);
    expect(() => checkRule(check)).toThrow(RuleCheckError);
    expect(() => checkRule(check)).toThrow(caught);
  });

  it("does not judge next to a kink", () => {
    const check = { name: "relu", f: ({ x }: Record<string, tf.Tensor>) => tf.relu(x!) };
    const near = { shape: [3], values: Float32Array.of(1, 0.001, -1) };
    expect(() => checkRule({ ...check, inputs: { x: near } })).toThrow("kinks");
  });
});
