import { mean, mul, type Scalar, tensor, tidy } from "@tensorflow/tfjs-core";
import { likelihood, observations } from "./likelihood.js";
import { entropyOf, shiftedSoftmax, softmaxCurvature } from "./softmaxEntropy.js";

/**
 * Softmax cross-entropy from logits, natural logarithm, averaged over observations:
 *
 *   L = 1/b · Σ_i ( log Σ_c exp f_ic − Σ_c y_ic f_ic )
 *
 * Value and derivatives keep their digits for logits of any size and where the fit is good, to
 * probabilities of 1e-38: see `entropyOf`. Hessian with respect to f of one observation:
 * diag(p) − p·pᵀ with p = softmax f.
 *
 * @param outputs f, logits, [b, C], or [b, time, vocabulary] for next-token prediction
 * @param targets y, probabilities that sum to one (one-hot), of the same shape
 */
export const crossEntropy = likelihood(
  (outputs, targets) => mean(entropyOf(outputs, targets)) as Scalar,
  {
    outputHessian: (outputs, u) =>
      tidy(() => {
        const { p, top } = shiftedSoftmax(outputs);
        return mul(softmaxCurvature(p, u, top), 1 / observations(outputs));
      }),
    sampleTargets(outputs, stream, first) {
      const classes = outputs.shape.at(-1)!;
      const logits = outputs.dataSync();
      const targets = new Float32Array(outputs.size);
      for (let row = 0; row < observations(outputs); row++) {
        const from = row * classes;
        const drawn = drawClass(
          logits.subarray(from, from + classes),
          stream.uniformAt(first + row),
        );
        targets[from + drawn] = 1;
      }
      return tensor(targets, outputs.shape, "float32");
    },
  },
);

/** The class whose part of the cumulated softmax, in float64, holds u. */
function drawClass(logits: ArrayLike<number>, u: number): number {
  const largest = Math.max(...Array.from(logits));
  const weights = Array.from(logits, (f) => Math.exp(f - largest));
  let rest = u * weights.reduce((total, w) => total + w, 0);
  for (const [index, weight] of weights.entries()) {
    rest -= weight;
    if (rest < 0) return index;
  }
  return weights.length - 1;
}
