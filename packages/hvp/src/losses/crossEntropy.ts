import {
  exp,
  log,
  max,
  mean,
  mul,
  type Scalar,
  sub,
  sum,
  type Tensor,
} from "@tensorflow/tfjs-core";
import { constant } from "../constant.js";

/**
 * Softmax cross-entropy from logits, natural logarithm, averaged over samples:
 *
 *   L = 1/b · Σ_i ( log Σ_c exp f_ic − Σ_c y_ic f_ic )
 *
 * The largest logit of each sample is taken off first: the value is stable for logits of any size,
 * and the shift, which cancels exactly, counts as a constant.
 *
 * @param outputs f, logits, [b, C]
 * @param targets y, probabilities that sum to one (one-hot), [b, C]
 */
export function crossEntropy(outputs: Tensor, targets: Tensor): Scalar {
  const shifted = sub(
    outputs,
    constant(() => max(outputs, 1, true)),
  );
  const logPartition = log(sum(exp(shifted), 1));
  return mean(sub(logPartition, sum(mul(shifted, targets), 1))) as Scalar;
}
