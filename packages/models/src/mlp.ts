import { add, matMul, reshape, type Tensor } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { activationNames, activations } from "./activations.js";
import { defineModel, type ParameterSpec } from "./define.js";

/**
 * Multi-layer perceptron: flatten, then dense layers, with an activation after each but the last.
 *
 *   h₀ = x,  h_l = φ(h_{l−1}·W_l + β_l),  f = h_{L−1}·W_L + β_L
 *
 * Parameters `dense1.kernel` [in, out], `dense1.bias` [out], `dense2.kernel`, ...
 */
export const mlp = defineModel({
  name: "mlp",
  description: "multi-layer perceptron of any widths",
  options: z.object({
    width: z
      .array(z.int().min(1))
      .default([512, 512])
      .describe("widths of the hidden layers, e.g. 512,512"),
    activation: z.enum(activationNames).default("relu").describe("activation function"),
  }),
  build({ inputShape, classes }, { width, activation }) {
    const inputs = inputShape.reduce((product, n) => product * n, 1);
    const sizes = [inputs, ...width, classes];
    const layers = sizes.slice(1).map((outputs, index) => ({
      kernel: `dense${index + 1}.kernel`,
      bias: `dense${index + 1}.bias`,
      fanIn: sizes[index]!,
      outputs,
    }));
    const phi = activations[activation];

    return {
      parameters: layers.flatMap(({ kernel, bias, fanIn, outputs }): ParameterSpec[] => [
        { name: kernel, shape: [fanIn, outputs], role: "kernel", fanIn },
        { name: bias, shape: [outputs], role: "bias", fanIn },
      ]),
      apply(params, x) {
        let hidden: Tensor = reshape(x, [x.shape[0]!, inputs]);
        for (const [index, { kernel, bias }] of layers.entries()) {
          const affine = add(matMul(hidden, params[kernel]!), params[bias]!);
          hidden = index < layers.length - 1 ? phi(affine) : affine;
        }
        return hidden;
      },
    };
  },
});
