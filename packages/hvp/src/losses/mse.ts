import { mean, mul, type Scalar, square, sub, sum, tensor } from "@tensorflow/tfjs-core";
import { likelihood, observations } from "./likelihood.js";

/**
 * Squared error, summed over outputs, averaged over observations, without a factor ½ (as the paper):
 *
 *   L = 1/b · Σ_i Σ_c (f_ic − y_ic)²      Hessian with respect to f of one observation: 2·I
 *
 * It is the likelihood of a normal distribution around f with variance ½.
 *
 * @param outputs f, [b, C] or [b, time, C]
 * @param targets y, e.g. one-hot, of the same shape
 */
export const mse = likelihood(
  (outputs, targets) => mean(sum(square(sub(outputs, targets)), -1)) as Scalar,
  {
    outputHessian: (outputs, u) => mul(u, 2 / observations(outputs)),
    sampleTargets(outputs, stream, first) {
      const targets = (outputs.dataSync() as Float32Array).map(
        (f, index) => f + Math.SQRT1_2 * stream.normalAt(first + index),
      );
      return tensor(targets, outputs.shape, "float32");
    },
  },
);
