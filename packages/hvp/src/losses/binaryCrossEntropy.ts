/** Cross-entropy of yes/no targets. */

import {
  add,
  exp,
  mean,
  mul,
  neg,
  type Scalar,
  sigmoid,
  step,
  sub,
  sum,
  tensor,
  tidy,
} from "@tensorflow/tfjs-core";
import { constant } from "../tape/constant.js";
import { likelihood, observations } from "./likelihood.js";
import { preciseLog1p } from "./preciseLog1p.js";

/**
 * Cross-entropy of independent yes/no targets from logits, natural logarithm, summed over outputs,
 * averaged over observations:
 *
 *   L = 1/b · Σ_i Σ_c ( log(1 + exp f_ic) − y_ic f_ic )
 *
 * It is computed as log(1 + exp(−|f|)) + (s − y)·f with s = [f > 0], a constant: no difference of
 * large numbers, so that value and derivatives keep their digits where the fit is good (float32 to
 * |f| of 87), and smooth at 0. Hessian with respect to f of one observation: diag(p(1 − p)) with
 * p = sigmoid f.
 *
 * @param outputs f, logits, [b, C] or [b, time, C]
 * @param targets y, from 0 to 1, of the same shape
 */
export const binaryCrossEntropy = likelihood(
  (outputs, targets) => {
    const s = constant(() => step(outputs));
    const sign = constant(() => sub(1, mul(s, 2)));
    const logarithm = preciseLog1p(exp(mul(outputs, sign)));
    return mean(sum(add(logarithm, mul(outputs, sub(s, targets))), -1)) as Scalar;
  },
  {
    outputHessian: (outputs, u) =>
      tidy(() => {
        // 1 − p is the sigmoid of −f; a difference would lose its digits where p is close to 1.
        const variance = mul(sigmoid(outputs), sigmoid(neg(outputs)));
        return mul(mul(u, variance), 1 / observations(outputs));
      }),
    sampleTargets(outputs, stream, first) {
      const targets = (outputs.dataSync() as Float32Array).map((f, index) =>
        stream.uniformAt(first + index) < 1 / (1 + Math.exp(-f)) ? 1 : 0,
      );
      return tensor(targets, outputs.shape, "float32");
    },
  },
);
