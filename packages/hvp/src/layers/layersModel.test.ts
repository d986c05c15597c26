import { disposeTree, formatReport, layersModel, linearize, losses, verify } from "@eoss/hvp";
import { stream } from "@eoss/rng";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { describe, expect, it } from "vitest";
import "../backend.fixture.js";
import { expectNoLeak } from "../expectations.fixture.js";
import { normalTensor } from "../tensors.fixture.js";

const random = (shape: number[], id: number) => normalTensor(stream(4, "layers").fork(id), shape);

function convolutional() {
  const model = tfl.sequential({
    layers: [
      tfl.layers.conv2d({ inputShape: [6, 6, 1], filters: 3, kernelSize: 3, activation: "tanh" }),
      tfl.layers.averagePooling2d({ poolSize: 2 }),
      tfl.layers.flatten(),
      tfl.layers.dense({ units: 5, activation: "sigmoid" }),
      tfl.layers.layerNormalization(),
      tfl.layers.dense({ units: 3 }),
    ],
  });
  model.setWeights(model.getWeights().map((w, index) => random(w.shape, index)));
  return model;
}

describe("layersModel", () => {
  it("verifies a tf.Sequential, weight by weight", () => {
    const model = convolutional();
    const { params, apply } = layersModel(model);
    expect(Object.keys(params)).toHaveLength(8);
    const x = random([4, 6, 6, 1], 100);
    const y = tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d([0, 1, 2, 1], "int32"), 3), "float32"));
    expectNoLeak(() => {
      const report = verify((p) => losses.ce(apply(p, x), y), params);
      expect(report.verdict, formatReport(report)).toBe("agrees");
    });
    tf.dispose([x, y]);
    model.dispose();
  });

  it("leaves the model as it was, and leaks nothing", () => {
    const model = convolutional();
    const { params, apply } = layersModel(model);
    const x = random([2, 6, 6, 1], 101);
    const before = tf.tidy(() => (model.predict(x) as tf.Tensor).dataSync());
    expectNoLeak(() => {
      const linearization = linearize((p) => tf.sum(tf.square(apply(p, x))), params);
      disposeTree(linearization.hvp(params));
      linearization.dispose();
    });
    expect(tf.tidy(() => (model.predict(x) as tf.Tensor).dataSync())).toEqual(before);
    x.dispose();
    model.dispose();
  });

  it("takes several inputs, and gives a list of several outputs", () => {
    const [left, right] = [tfl.input({ shape: [3] }), tfl.input({ shape: [2] })];
    const joined = tfl.layers.concatenate().apply([left, right]) as tfl.SymbolicTensor;
    const outputs = [1, 2].map(
      (units) => tfl.layers.dense({ units }).apply(joined) as tfl.SymbolicTensor,
    );
    const model = tfl.model({ inputs: [left, right], outputs });
    const { params, apply } = layersModel<tf.Tensor[]>(model);
    const x = [random([4, 3], 110), random([4, 2], 111)];
    expectNoLeak(() => {
      const report = verify((p) => {
        const [a, b] = apply(p, x);
        return tf.add(tf.sum(tf.square(a!)), tf.mean(tf.pow(b!, 3)));
      }, params);
      expect(report.verdict, formatReport(report)).toBe("agrees");
      const values = tf.tidy(() => apply(params, x).map((y) => y.dataSync()));
      expect(values).toEqual(
        tf.tidy(() => (model.predict(x) as tf.Tensor[]).map((y) => y.dataSync())),
      );
    });
    tf.dispose(x);
    model.dispose();
  });
});
