import type { Tensor } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { activationNames, activations } from "./activations.js";
import { type Architecture, defineModel, type Task } from "./define.js";
import { dense, denseSpecs, flattened } from "./layers.js";

const options = (width: number[]) =>
  z.object({
    width: z
      .array(z.int().min(1))
      .default(width)
      .describe("widths of the hidden layers, e.g. 512,512"),
    activation: z.enum(activationNames).default("relu").describe("activation function"),
  });

function build(
  { inputShape, classes }: Task,
  { width, activation }: z.infer<ReturnType<typeof options>>,
): Architecture {
  const inputs = inputShape.reduce((product, n) => product * n, 1);
  const sizes = [inputs, ...width, classes];
  const layers = sizes.slice(1).map((outputs, index) => ({
    name: `dense${index + 1}`,
    inputs: sizes[index]!,
    outputs,
  }));
  const phi = activations[activation];
  return {
    parameters: layers.flatMap(({ name, inputs, outputs }) => denseSpecs(name, inputs, outputs)),
    apply(params, x) {
      return layers.reduce((hidden: Tensor, { name }, index) => {
        const affine = dense(params, name, hidden);
        return index < layers.length - 1 ? phi(affine) : affine;
      }, flattened(x));
    },
  };
}

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
  options: options([512, 512]),
  build,
});

/** The paper's MLP_L: `mlp` with four hidden layers of 512. */
export const mlpL = defineModel({
  name: "mlp-l",
  description: "the paper's deeper perceptron: four hidden layers of 512",
  options: options([512, 512, 512, 512]),
  build,
});
