/** Not in src: messages name the first caller outside of this package, which is this file. */

import {
  layersModel,
  linearize,
  registerRule,
  UnverifiedOpError,
  verifiedKernels,
} from "@eoss/hvp";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../src/backends.fixture.js";

const sumOf = (x: tf.Tensor) => tf.sparse.sparseSegmentSum(x as tf.Tensor1D, [0, 1], [0, 0]);

describe("what is not known to be right is refused", () => {
  beforeAll(() => useBackend("cpu"));

  const refusal = (f: (x: tf.Tensor) => tf.Tensor): UnverifiedOpError => {
    const x = tf.tensor1d([0.5, 1]);
    const before = tf.memory().numTensors;
    try {
      linearize(({ x }) => tf.sum(f(x)), { x }).dispose();
    } catch (error) {
      expect(error).toBeInstanceOf(UnverifiedOpError);
      expect(tf.memory().numTensors).toBe(before);
      return error as UnverifiedOpError;
    } finally {
      x.dispose();
    }
    throw new Error("was not refused");
  };

  it("names the kernel, the op, the place and the way out", () => {
    const error = refusal(sumOf);
    expect(error.op).toBe("SparseSegmentSum");
    expect(error.scope).toBe("sparseSegmentSum");
    expect(error.calledAt).toMatch(/refusals\.test\.ts:\d+:\d+$/);
    for (const part of [
      "SparseSegmentSum",
      "sparseSegmentSum",
      "refusals.test.ts",
      "registerRule",
      "checkRule",
    ]) {
      expect(error.message).toContain(part);
    }
    expect(error.stack).toContain(error.message);
  });

  it("a custom gradient of the user, even one that is right to first order", () => {
    const cube = tf.customGrad((x, save) => {
      (save as tf.GradSaveFunc)([x as tf.Tensor]);
      return {
        value: tf.pow(x as tf.Tensor, 3),
        gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
          tf.mul(dy, tf.mul(3, tf.square(saved[0]!))),
      };
    });
    const error = refusal((x) => cube(x));
    expect(error.op).toBe("custom gradient");
    expect(error.message).toContain("refusals.test.ts");
  });

  it("a custom gradient that reaches the parameters past its inputs", () => {
    const error = refusal((x) => {
      const scaled = tf.customGrad((t) => ({
        value: tf.mul(t as tf.Tensor, x),
        gradFunc: (dy: tf.Tensor) => dy,
      }));
      return scaled(tf.ones([2]));
    });
    expect(error.op).toBe("custom gradient");
  });

  it("a custom gradient inside a scope that is named like an op of tfjs", () => {
    const identity = tf.customGrad((x) => ({
      value: tf.clone(x as tf.Tensor),
      gradFunc: (dy: tf.Tensor) => dy,
    }));
    expect(refusal((x) => tf.tidy("logSoftmax", () => identity(x))).op).toBe("custom gradient");
  });

  it("batches that broadcast both ways, which tfjs multiplies wrongly", () => {
    const error = refusal((x) => tf.matMul(tf.reshape(x, [2, 1, 1, 1]), tf.ones([3, 1, 1])));
    expect(error.op).toContain("BatchMatMul");
  });

  it("integers counted with weights that depend on the parameters", () => {
    const error = refusal((x) => tf.bincount(tf.tensor1d([0, 0], "int32"), x as tf.Tensor1D, 1));
    expect(error.op).toBe("Bincount");
  });

  it("names the line of the loss for an op inside layers in layers", () => {
    class Unknown extends layers.layers.Layer {
      static className = "Unknown";
      override computeOutputShape(shape: layers.Shape) {
        return shape;
      }
      override call(inputs: tf.Tensor | tf.Tensor[]) {
        const image = tf.reshape([inputs].flat()[0]!, [1, 1, 2, 1]) as tf.Tensor4D;
        return tf.reshape(tf.image.rotateWithOffset(image, 0.5), [1, 2]);
      }
    }
    const inner = layers.sequential({
      layers: [layers.layers.inputLayer({ inputShape: [2] }), new Unknown()],
    });
    const model = layers.sequential({
      layers: [layers.layers.inputLayer({ inputShape: [2] }), inner],
    });
    const error = refusal((x) => model.apply(tf.reshape(x, [1, 2])) as tf.Tensor);
    expect(error.op).toBe("RotateWithOffset");
    expect(error.calledAt).toMatch(/refusals\.test\.ts:\d+:\d+$/);
    model.dispose();
  });

  it("a graph model, whose weights cannot be given to it", () => {
    const model = { weights: {}, predict: () => tf.scalar(1) };
    expect(() => layersModel(model as never)).toThrow(/graph model/);
  });

  it("unless it does not depend on the parameters", () => {
    const x = tf.tensor1d([0.5, 1]);
    const linearization = linearize(
      ({ x }) => tf.sum(tf.mul(tf.square(x), sumOf(tf.tensor1d([2, 3])))),
      { x },
    );
    expect(linearization.gradient.x.dataSync()[1]).toBe(10);
    linearization.dispose();
    x.dispose();
  });

  it("or somebody vouches for it", () => {
    expect(verifiedKernels()).not.toContain("SparseSegmentSum");
    registerRule({
      kernelName: "SparseSegmentSum",
      gradient: ({ dy, shapeOf }) => ({ data: () => tf.tile(dy, shapeOf("data")) }),
    });
    expect(verifiedKernels()).toContain("SparseSegmentSum");
    const params = { x: tf.tensor1d([0.5, 2]) };
    const linearization = linearize(({ x }) => tf.sum(tf.pow(sumOf(x), 3)), params);
    const v = { x: tf.tensor1d([1, 1]) };
    const product = linearization.hvp(v);
    // 6·(x₁ + x₂)·(v₁ + v₂)
    expect([...product.x.dataSync()]).toEqual([30, 30]);
    linearization.dispose();
    tf.dispose([params, v, product]);
  });
});

describe("custom gradients of tfjs itself", () => {
  beforeAll(() => useBackend("cpu"));

  it("are looked through, parameters that are no inputs of them included", () => {
    const [a, b] = [tf.tensor2d([[1, -2]]), tf.tensor2d([[1], [2]])];
    const params = { alpha: tf.tensor1d([0.5]) };
    const linearization = linearize(({ alpha }) => {
      const preluActivationWeights = alpha;
      return tf.sum(
        tf.square(tf.fused.matMul({ a, b, activation: "prelu", preluActivationWeights })),
      );
    }, params);
    // L = (α·(a·b))² with a·b = −3: L′ = 18 α, L″ = 18.
    expect(linearization.gradient.alpha.dataSync()[0]).toBe(9);
    const product = linearization.hvp(params);
    expect(product.alpha.dataSync()[0]).toBe(9);
    linearization.dispose();
    tf.dispose([a, b, params, product]);
  });
});

describe("integers and comparisons", () => {
  beforeAll(() => useBackend("cpu"));

  it("are constants", () => {
    const params = { x: tf.tensor1d([-1.5, 0.5, 2.25]) };
    const linearization = linearize(({ x }) => {
      const whole = [tf.floor(x), tf.ceil(x), tf.round(x), tf.sign(x), tf.cast(x, "int32")];
      const logic = [tf.greater(x, 0), tf.logicalNot(tf.lessEqual(x, 1)), tf.equal(x, tf.max(x))];
      const order = tf.oneHot(tf.cast(tf.argMax(x), "int32") as tf.Tensor1D, 3);
      const constants = [...whole, ...logic, order].map((t) => tf.cast(t, "float32"));
      return tf.sum(tf.mul(tf.square(x), tf.addN(constants)));
    }, params);
    // Σ of the constants at each entry, by hand: floor + ceil + round + sign + int + three + one-hot.
    const k = [-2 - 1 - 2 - 1 - 1, 0 + 1 + 0 + 1 + 0 + 1, 2 + 3 + 2 + 1 + 2 + 1 + 1 + 1 + 1];
    const x = [-1.5, 0.5, 2.25];
    expect(Array.from(linearization.gradient.x.dataSync())).toEqual(x.map((u, i) => 2 * u * k[i]!));
    const v = { x: tf.tensor1d([1, 2, 3]) };
    const product = linearization.hvp(v);
    expect(Array.from(product.x.dataSync())).toEqual([1, 2, 3].map((u, i) => 2 * u * k[i]!));
    linearization.dispose();
    tf.dispose([params, v, product]);
  });
});
