import { layersModel } from "@eoss/hvp";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { data, type Outsider } from "./values.fixture.js";

/** Models of tf.layers, with the cross-entropy of two classes. */

const table = data([4, 3], 101);
const images = data([4, 6, 6, 1], 102);
const series = data([4, 5, 3], 103);
const words = tf.tensor2d([0, 1, 2, 3, 3, 1, 4, 0, 2, 2, 1, 0], [4, 3], "int32");
const labels = tf.oneHot(tf.tensor1d([0, 1, 1, 0], "int32"), 2);
const L = tfl.layers;
// The default needs the chained ops of @tensorflow/tfjs.
const recurrentInitializer = "glorotUniform";
type Layer = tfl.layers.Layer;

const models: Record<string, [tf.Tensor, () => Layer[]]> = {
  "dense, tanh": [
    table,
    () => [L.dense({ inputShape: [3], units: 4, activation: "tanh" }), L.dense({ units: 2 })],
  ],
  "dense, relu, fused": [
    table,
    () => [L.dense({ inputShape: [3], units: 6, activation: "relu" }), L.dense({ units: 2 })],
  ],
  "convolution and pooling": [
    images,
    () => [
      L.conv2d({ inputShape: [6, 6, 1], filters: 2, kernelSize: 3, activation: "relu" }),
      L.maxPooling2d({ poolSize: 2 }),
      L.flatten(),
      L.dense({ units: 2 }),
    ],
  ],
  "separable convolution": [
    images,
    () => [
      L.separableConv2d({ inputShape: [6, 6, 1], filters: 3, kernelSize: 3, padding: "same" }),
      L.elu(),
      L.globalAveragePooling2d({}),
      L.dense({ units: 2 }),
    ],
  ],
  "batch normalisation in training": [
    table,
    () => [
      L.dense({ inputShape: [3], units: 4 }),
      L.batchNormalization(),
      L.activation({ activation: "selu" }),
      L.dense({ units: 2 }),
    ],
  ],
  "layer normalisation and prelu": [
    table,
    () => [
      L.dense({ inputShape: [3], units: 4 }),
      L.layerNormalization(),
      L.prelu(),
      L.dense({ units: 2 }),
    ],
  ],
  "simple recurrent": [
    series,
    () => [
      L.simpleRNN({ inputShape: [5, 3], units: 3, recurrentInitializer }),
      L.dense({ units: 2 }),
    ],
  ],
  lstm: [
    series,
    () => [L.lstm({ inputShape: [5, 3], units: 2, recurrentInitializer }), L.dense({ units: 2 })],
  ],
  gru: [
    series,
    () => [L.gru({ inputShape: [5, 3], units: 2, recurrentInitializer }), L.dense({ units: 2 })],
  ],
  "bidirectional lstm": [
    series,
    () => [
      L.bidirectional({
        inputShape: [5, 3],
        layer: L.lstm({ units: 2, recurrentInitializer }) as tfl.RNN,
        mergeMode: "concat",
      }),
      L.dense({ units: 2 }),
    ],
  ],
  "embedding and averages": [
    words,
    () => [
      L.embedding({ inputDim: 5, outputDim: 3, inputLength: 3 }),
      L.globalAveragePooling1d({}),
      L.dense({ units: 2, activation: "softplus" }),
    ],
  ],
};

export const layerCases: Outsider[] = Object.entries(models).map(([name, [x, layers]]) => {
  const model = tfl.sequential({ layers: layers() });
  const { params, apply } = layersModel(model, { training: true });
  const names = Object.keys(params);
  return {
    name: `tf.layers: ${name}`,
    shapes: Object.fromEntries(names.map((key, index) => [`w${index}`, params[key]!.shape])),
    loss: (p) => {
      const weights = Object.fromEntries(names.map((key, index) => [key, p[`w${index}`]!]));
      return tf.losses.softmaxCrossEntropy(labels, apply(weights, x));
    },
  };
});
