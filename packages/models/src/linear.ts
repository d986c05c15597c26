import { matMul } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { defineModel } from "./define.js";
import { dense, denseSpecs, flattened } from "./layers.js";

/**
 * Linear model f = x·W + β: its outputs are linear in the parameters, so with a squared error
 * (`mse`, no factor ½) the Hessian is the same everywhere, 2/n·Σ x̃x̃ᵀ for each output, x̃ = (x, 1).
 */
export const linear = defineModel({
  name: "linear",
  description: "linear model: the Hessian of a squared error is known in closed form",
  options: z.object({ bias: z.boolean().default(true).describe("add a bias") }),
  build({ inputShape, classes }, { bias }) {
    const inputs = inputShape.reduce((product, n) => product * n, 1);
    return {
      parameters: denseSpecs("dense1", inputs, classes).slice(0, bias ? 2 : 1),
      apply: (params, x) =>
        bias
          ? dense(params, "dense1", flattened(x))
          : matMul(flattened(x), params["dense1.kernel"]!),
    };
  },
});
