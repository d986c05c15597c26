import { modelByName, models, type Task } from "@eoss/models";
import { type ConformanceOptions, conformance } from "@eoss/models/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import "../test/backend.js";

const vectors: Task = { inputShape: [6], classes: 3 };
const images: Task = { inputShape: [8, 8, 2], classes: 3 };
const tokens: ConformanceOptions["inputs"] = (random, batch) =>
  tf.tensor(
    Float32Array.from({ length: batch * 4 }, (_, i) => Math.floor(5 * random.uniformAt(i))),
    [batch, 4],
  );
const smallConv = { channels: [3, 3, 4], width: 5, padding: "same", activation: "tanh" };
const smallTransformer = { width: 6, heads: 2, hidden: 5, blocks: 1 };

const cases: [string, string, ConformanceOptions][] = [
  ["linear", "linear", { task: vectors }],
  ["linear", "linear without bias", { task: vectors, options: { bias: false } }],
  ["diagonal-linear", "diagonal-linear", { task: vectors }],
  ["mlp", "mlp, relu", { task: vectors, options: { width: [5, 4] } }],
  ["mlp-l", "mlp-l", { task: vectors, options: { width: [5, 4, 4, 3] } }],
  ["cnn", "cnn", { task: images, options: smallConv }],
  ["cnn", "cnn, relu", { task: images, options: { ...smallConv, activation: "relu" } }],
  ["vgg", "vgg", { task: images, options: { channels: [3, 4], convolutions: 1, width: 5 } }],
  ...(["none", "batch", "layer"] as const).map(
    (normalization): [string, string, ConformanceOptions] => [
      "resnet10",
      `resnet10, normalization ${normalization}`,
      {
        task: { inputShape: [5, 6, 2], classes: 3 },
        options: { channels: [2, 4], blocks: 1, normalization, activation: "softplus" },
      },
    ],
  ),
  [
    "transformer",
    "transformer, encoder of rows",
    { task: { inputShape: [4, 3, 2], classes: 3 }, options: smallTransformer },
  ],
  [
    "transformer",
    "transformer, encoder of tokens",
    {
      task: { inputShape: [4], classes: 3 },
      options: { ...smallTransformer, vocabulary: 5 },
      inputs: tokens,
    },
  ],
  [
    "transformer",
    "transformer, decoder",
    {
      task: { inputShape: [4], classes: 5 },
      options: { ...smallTransformer, role: "decoder" },
      inputs: tokens,
    },
  ],
  ...(
    [
      "tanh",
      "sigmoid",
      "gelu",
      "silu",
      "elu",
      "selu",
      "softplus",
      "leaky-relu",
      "relu6",
      "linear",
    ] as const
  ).map((activation): [string, string, ConformanceOptions] => [
    "mlp",
    `mlp, ${activation}`,
    { task: vectors, options: { width: [5], activation } },
  ]),
];

describe.each(cases)("conformance of %s: %s", (name, _, options) => {
  for (const { name: rule, run } of conformance(modelByName(name), options)) it(rule, run);
});

it("covers every built-in network", () => {
  expect(new Set(cases.map(([name]) => name))).toEqual(new Set(Object.keys(models)));
});
