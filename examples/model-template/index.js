import { activationNames, activations, architecture, defineModel } from "@eoss/models";
import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";

/**
 * Gated perceptron: one hidden layer, each unit scaled by a gate of its own.
 *
 *   h = φ(x·W₁ + β₁) ∘ σ(x·V),   f = h·W₂ + β₂
 */
export default defineModel({
  // The name in records of runs: lower case.
  name: "gated",
  description: "perceptron with one gated hidden layer",

  // Options with defaults, limits and descriptions: they are the flags and the help text.
  options: z.object({
    width: z.int().min(1).default(64).describe("units of the hidden layer"),
    activation: z.enum(activationNames).default("tanh").describe("activation function"),
  }),

  build({ inputShape, classes }, { width, activation }) {
    const inputs = inputShape.reduce((product, n) => product * n, 1);
    const phi = activations[activation];
    return architecture({
      // Every parameter tensor, in a fixed order. Fan-ins tell initialisations how large to draw.
      parameters: [
        { name: "hidden.kernel", shape: [inputs, width], role: "kernel", fanIn: inputs },
        { name: "hidden.bias", shape: [width], role: "bias", fanIn: inputs },
        { name: "gate.kernel", shape: [inputs, width], role: "kernel", fanIn: inputs },
        { name: "head.kernel", shape: [width, classes], role: "kernel", fanIn: width },
        { name: "head.bias", shape: [classes], role: "bias", fanIn: width },
      ],
      // A pure function of parameters and inputs [batch, ...inputShape]: no state, no randomness.
      apply(params, x) {
        const flat = tf.reshape(x, [-1, inputs]);
        const hidden = phi(tf.add(tf.matMul(flat, params["hidden.kernel"]), params["hidden.bias"]));
        const gate = tf.sigmoid(tf.matMul(flat, params["gate.kernel"]));
        const gated = tf.mul(hidden, gate);
        return tf.add(tf.matMul(gated, params["head.kernel"]), params["head.bias"]);
      },
    });
  },
});
