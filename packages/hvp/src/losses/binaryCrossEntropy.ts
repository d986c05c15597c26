import {
  add,
  exp,
  log,
  mean,
  mul,
  neg,
  relu,
  type Scalar,
  sigmoid,
  sub,
  sum,
  tensor,
  tidy,
} from "@tensorflow/tfjs-core";
import { constant } from "../constant.js";
import { likelihood, observations } from "./likelihood.js";

/**
 * Cross-entropy of independent yes/no targets from logits, natural logarithm, summed over outputs,
 * averaged over observations:
 *
 *   L = 1/b · Σ_i Σ_c ( log(1 + exp f_ic) − y_ic f_ic )
 *
 * With m = max(f, 0), which cancels exactly and counts as a constant, the logarithm is
 * m + log(exp(−m) + exp(f − m)): stable for logits of any size, and smooth at 0. Hessian with
 * respect to f of one observation: diag(p(1 − p)) with p = sigmoid f.
 *
 * @param outputs f, logits, [b, C] or [b, time, C]
 * @param targets y, from 0 to 1, of the same shape
 */
export const binaryCrossEntropy = likelihood(
  (outputs, targets) => {
    const m = constant(() => relu(outputs));
    const softplus = add(m, log(add(exp(neg(m)), exp(sub(outputs, m)))));
    return mean(sum(sub(softplus, mul(outputs, targets)), -1)) as Scalar;
  },
  {
    outputHessian: (outputs, u) =>
      tidy(() => {
        // 1 − p is the sigmoid of −f; a difference would lose its digits where p is close to 1.
        const variance = mul(sigmoid(outputs), sigmoid(neg(outputs)));
        return mul(mul(u, variance), 1 / observations(outputs));
      }),
    sampleTargets(outputs, random, first) {
      const targets = (outputs.dataSync() as Float32Array).map((f, index) =>
        random.uniformAt(first + index) < 1 / (1 + Math.exp(-f)) ? 1 : 0,
      );
      return tensor(targets, outputs.shape, "float32");
    },
  },
);
