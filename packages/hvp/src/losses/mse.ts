import { mean, type Scalar, square, sub, sum, type Tensor } from "@tensorflow/tfjs-core";

/**
 * Squared error, summed over outputs, averaged over samples, without a factor ½ (as the paper):
 *
 *   L = 1/b · Σ_i Σ_c (f_ic − y_ic)²      Hessian with respect to f of one sample: 2·I
 *
 * @param outputs f, [b, C]
 * @param targets y, one-hot, [b, C]
 */
export function mse(outputs: Tensor, targets: Tensor): Scalar {
  return mean(sum(square(sub(outputs, targets)), 1)) as Scalar;
}
