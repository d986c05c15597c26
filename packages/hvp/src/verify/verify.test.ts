import {
  formatReport,
  losses,
  registerRule,
  type VerifyOptions,
  type VerifyReport,
  verify,
} from "@eoss/hvp";
import { stream } from "@eoss/rng";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import "../backend.fixture.js";
import { expectNoLeak } from "../expectations.fixture.js";
import { ruleFor } from "../rules/registry.js";
import type { GradientRule } from "../rules/rule.js";
import { constant } from "../tape/constant.js";
import { registerStockGradients, stockTfjs } from "../tape/stock.fixture.js";
import { normalTensor } from "../tensors.fixture.js";

type Params = Record<"w1" | "b1" | "w2" | "b2", tf.Tensor>;
type Activation = (x: tf.Tensor) => tf.Tensor;

const SAMPLES = 6;
const draw = (name: string, shape: number[], scale = 1) =>
  normalTensor(stream(1, name), shape, scale);

/** A network with one activation, and a head: 3 → 5 → 4. */
function problem(activation: Activation, head: (f: tf.Tensor, y: tf.Tensor) => tf.Tensor) {
  const params: Params = {
    w1: draw("w1", [3, 5], 0.6),
    b1: draw("b1", [5], 0.5),
    w2: draw("w2", [5, 4], 0.5),
    b2: draw("b2", [4], 0.5),
  };
  const x = draw("x", [SAMPLES, 3]);
  const y = tf.tidy(() =>
    tf.cast(tf.oneHot(tf.tensor1d([0, 1, 2, 3, 1, 0], "int32"), 4), "float32"),
  );
  const outputs = (p: Params) => {
    const hidden = activation(tf.add(tf.matMul(x as tf.Tensor2D, p.w1 as tf.Tensor2D), p.b1));
    return tf.add(tf.matMul(hidden as tf.Tensor2D, p.w2 as tf.Tensor2D), p.b2);
  };
  return {
    params,
    loss: (p: Params) => head(outputs(p), y),
    composition: { outputs, loss: (f: tf.Tensor) => head(f, y) },
    dispose: () => tf.dispose([...Object.values(params), x, y]),
  };
}

function report(
  activation: Activation,
  head: (f: tf.Tensor, y: tf.Tensor) => tf.Tensor,
  options: VerifyOptions<Params> = {},
): VerifyReport {
  const { params, loss, composition, dispose } = problem(activation, head);
  try {
    return verify(loss, params, { composition, ...options });
  } finally {
    dispose();
  }
}

const smooth = { tanh: tf.tanh, softplus: tf.softplus, sigmoid: tf.sigmoid } as const;

describe("verify: right derivatives", () => {
  for (const head of ["mse", "ce", "bce"] as const) {
    for (const [name, activation] of Object.entries(smooth)) {
      it(`agrees on ${name} and ${head}`, () => {
        expectNoLeak(() => {
          const result = report(activation, losses[head], { ops: "always" });
          expect(result.verdict, formatReport(result)).toBe("agrees");
          expect(result.culprits).toEqual([]);
          expect(result.ops.map(({ op }) => op)).toContain("BatchMatMul");
          for (const { hessian } of result.tensors) expect(hessian.error).toBeLessThan(1e-3);
        });
      });
    }
  }

  it.each([
    ["relu", tf.relu],
    ["relu6", (x) => tf.relu6(tf.mul(x, 5))],
    ["leakyRelu", (x) => tf.leakyRelu(x, 0.1)],
    ["prelu", (x) => tf.prelu(x, tf.scalar(0.3))],
    ["elu", tf.elu],
    ["selu", tf.selu],
    ["abs", tf.abs],
    ["clip", (x) => tf.clipByValue(x, -0.5, 0.5)],
    ["maximum", (x) => tf.maximum(x, tf.square(x))],
    ["minimum", (x) => tf.minimum(x, tf.tanh(tf.square(x)))],
    ["where", (x) => tf.where(tf.greater(x, 0), tf.square(x), tf.tanh(x))],
    ["max", (x) => tf.mul(x, tf.max(tf.square(x), 1, true))],
    ["min", (x) => tf.mul(x, tf.min(tf.square(x), 1, true))],
    ["maxPool", (x) => pooled(x, tf.maxPool)],
  ] as [string, Activation][])("keeps clear of the kinks of %s", (_, activation) => {
    const result = report(activation, losses.mse);
    expect(result.verdict, formatReport(result)).toBe("agrees");
  });

  // 500 samples × 100 units: every step that single precision can resolve crosses many kinks, and
  // plain differences measure a smoothed Hessian, which is another matrix.
  it("stays on the smooth piece where every step crosses kinks", () => {
    const params = { w1: draw("w1", [3, 100]), w2: draw("w2", [100, 1], 0.1) };
    const x = draw("x", [500, 3]);
    const loss = (p: typeof params) =>
      tf.mean(
        tf.square(
          tf.matMul(tf.relu(tf.matMul(x as tf.Tensor2D, p.w1 as tf.Tensor2D)), p.w2 as tf.Tensor2D),
        ),
      );
    const result = verify(loss, params);
    expect(result.verdict, formatReport(result)).toBe("agrees");
    for (const { hessian } of result.tensors) expect(hessian.uncertainty).toBeLessThan(1e-3);
    tf.dispose([params, x]);
  });
});

/** Pools neighbouring features in pairs, and repeats them. */
function pooled(x: tf.Tensor, pool: typeof tf.maxPool): tf.Tensor {
  const image = tf.reshape(x, [SAMPLES, 1, 5, 1]) as tf.Tensor4D;
  return tf.reshape(pool(tf.softplus(image) as tf.Tensor4D, [1, 2], 1, "same"), [SAMPLES, 5]);
}

// What stock tfjs gets wrong when its gradients are differentiated twice, and nobody is told.
describe("verify: stock tfjs", () => {
  beforeAll(registerStockGradients);
  const stock = { differentiator: stockTfjs, composition: undefined };

  it.each([
    ["tanh", tf.tanh, ["Tanh"]],
    ["sigmoid", tf.sigmoid, ["Sigmoid"]],
    ["exp", (x) => tf.exp(tf.mul(x, 0.3)), ["Exp"]],
    ["softmax", (x) => tf.softmax(x), ["Softmax"]],
    ["logSoftmax", (x) => tf.logSoftmax(x), ["custom gradient of logSoftmax", "Exp"]],
    ["pow", (x) => tf.pow(1.5, x), ["Pow"]],
    [
      "fused",
      (x) => tf.fused.matMul({ a: x as tf.Tensor2D, b: tf.ones([5, 5]), activation: "sigmoid" }),
      ["Sigmoid"],
    ],
  ] as [string, Activation, string[]][])("%s is wrong", (_, activation, culprits) => {
    const result = report(activation, losses.mse, stock);
    expect(result.verdict, formatReport(result)).toBe("disagrees");
    expect(result.culprits).toEqual(culprits);
    expect(result.tensors[0]!.hessian.verdict).toBe("disagrees");
    expect(result.tensors[0]!.gradient.verdict).toBe("agrees");
  });

  it("softmaxCrossEntropy is wrong", () => {
    const head = (f: tf.Tensor, y: tf.Tensor) => tf.losses.softmaxCrossEntropy(y, f);
    const result = report(tf.softplus, head, stock);
    expect(result.verdict, formatReport(result)).toBe("disagrees");
    expect(result.culprits[0]).toBe("custom gradient of softmaxCrossEntropy");
  });

  // tfjs itself refuses these, loudly.
  it.each([
    ["elu", tf.elu, /EluGrad/],
    ["max", (x) => tf.mul(x, tf.max(tf.square(x), 1, true)), /Equal/],
    ["leakyRelu", (x) => tf.leakyRelu(x), /gradient/],
    ["maxPool", (x) => pooled(x, tf.maxPool), /MaxPoolGrad/],
    ["avgPool", (x) => pooled(x, tf.avgPool), /AvgPoolGrad/],
  ] as [string, Activation, RegExp][])("%s is refused", (_, activation, message) => {
    expect(() => report(activation, losses.mse, stock)).toThrow(message);
  });

  it("relu and squared error are right, even there", () => {
    const result = report(tf.softplus, losses.mse, stock);
    expect(result.verdict, formatReport(result)).toBe("agrees");
  });
});

/** Faults as they happen: a factor forgotten, an input forgotten, a saved value cut off. */
const faults: Record<string, (right: GradientRule) => GradientRule> = {
  factor: (right) => ({
    ...right,
    gradient: (node) =>
      Object.fromEntries(
        Object.entries(right.gradient(node)).map(([name, adjoint]) => [
          name,
          () => tf.mul(adjoint(), 1.25),
        ]),
      ),
  }),
  "forgotten input": (right) => ({
    ...right,
    gradient: (node) => ({
      ...right.gradient(node),
      [node.inputNames.at(-1)!]: () => tf.zeros(node.shapeOf(node.inputNames.at(-1)!)),
    }),
  }),
  "cut value": (right) => ({
    ...right,
    gradient: (node) =>
      right.gradient({
        ...node,
        input: (name) => constant(() => tf.clone(node.input(name))),
        output: () => constant(() => tf.clone(node.output())),
      }),
  }),
};

/** Cross-entropy in plain ops; our own has rules of its own. */
const ce = (f: tf.Tensor, y: tf.Tensor) =>
  tf.mean(tf.sub(tf.log(tf.sum(tf.exp(f), -1)), tf.sum(tf.mul(f, y), -1)));

describe("verify: seeded faults", () => {
  it.each([
    ["BatchMatMul", "factor", tf.tanh, losses.mse],
    ["BatchMatMul", "forgotten input", tf.tanh, losses.mse],
    ["BatchMatMul", "cut value", tf.tanh, losses.mse],
    ["Tanh", "factor", tf.tanh, losses.mse],
    ["Tanh", "cut value", tf.tanh, losses.mse],
    ["Sigmoid", "cut value", tf.sigmoid, losses.mse],
    ["Softmax", "cut value", (x: tf.Tensor) => tf.softmax(x), losses.mse],
    ["Square", "cut value", tf.tanh, losses.mse],
    ["Exp", "cut value", tf.tanh, ce],
    ["Log", "factor", tf.tanh, ce],
    ["Log", "cut value", tf.tanh, ce],
    ["Sum", "factor", tf.tanh, ce],
    ["Add", "factor", tf.tanh, losses.mse],
    ["Add", "forgotten input", tf.tanh, losses.mse],
    ["Sub", "forgotten input", (x: tf.Tensor) => tf.sub(tf.tanh(x), x), losses.mse],
    ["Multiply", "factor", (x: tf.Tensor) => tf.mul(tf.tanh(x), x), losses.mse],
    ["Multiply", "cut value", (x: tf.Tensor) => tf.mul(tf.tanh(x), x), losses.mse],
    ["RealDiv", "cut value", (x: tf.Tensor) => tf.div(x, tf.add(tf.square(x), 1)), losses.mse],
    ["Mean", "factor", tf.tanh, losses.mse],
    ["Relu", "factor", tf.relu, losses.mse],
    ["Softplus", "cut value", tf.softplus, losses.mse],
    // Not in the loss itself: the gradient of softplus calls it.
    ["Sigmoid", "factor", tf.softplus, losses.mse],
  ] as [string, string, Activation, (f: tf.Tensor, y: tf.Tensor) => tf.Tensor][])(
    "%s, %s",
    (kernelName, fault, activation, head) => {
      const right = ruleFor(kernelName)!;
      registerRule(faults[fault]!(right));
      try {
        const result = report(activation, head);
        expect(result.verdict, formatReport(result)).toBe("disagrees");
        expect(result.culprits, formatReport(result)).toEqual([kernelName]);
      } finally {
        registerRule(right);
      }
      expect(report(activation, head).verdict).not.toBe("disagrees");
    },
  );
});
