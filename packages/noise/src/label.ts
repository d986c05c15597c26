import { mse } from "@eoss/hvp";
import { add, dispose, mul, tensor } from "@tensorflow/tfjs-core";
import { defineNoise } from "./noise.js";
import { headGradient, outputGradients } from "./outputGradients.js";

/**
 * The gradient with noisy targets: the noise that perturbed labels alone bring into the gradient of
 * a batch of b, for the squared error.
 *
 *   ∇L with y_i + σ√(n/b)·z_i in place of y_i,   z_i ~ N(0, I_C)
 *   = ∇L − 2σ/√(nb) · Σ_i J_iᵀ z_i        Cov = 4σ²/(nb) · Σ_i J_iᵀJ_i = 2σ²/b · G
 *
 * J_i = ∂f(x_i)/∂θ, G the Gauss–Newton matrix of the full batch. With b = n every target is replaced
 * by y_i + σz_i. For smaller b the noise has the covariance that y_i + σz_i in a batch of b adds on
 * average over batches, without that of choosing the batch. It does not vanish where all samples
 * are fitted, as mini-batch noise does. Targets [n, time, C] get noise at each position, and the
 * covariance is 2σ²/(b·time)·G.
 *
 * @see Blanc, Gupta, Valiant, Valiant (2020), Implicit regularization for deep neural networks driven
 *   by an Ornstein–Uhlenbeck like process; HaoChen, Wei, Lee, Ma (2021), Shape matters; Damian, Ma,
 *   Lee (2021), Label noise SGD provably prefers flat global minimizers
 */
export const label = defineNoise<{ sigma?: number }>({
  name: "label",
  description: "that of perturbed targets, for squared errors",
  defaults: { sigma: undefined },
  gradient(problem, { stream, batchSize, options }) {
    if (problem.head !== mse) {
      throw new RangeError(
        "label noise is defined for the squared error: the head must be `mse` of @eoss/hvp",
      );
    }
    const deviation = options.sigma * Math.sqrt(problem.samples / batchSize);
    const { loss, gradients } = outputGradients(
      problem,
      ({ outputs, targets, start, count, weight }) => {
        const first = start * (targets.size / count);
        const noise = Float32Array.from(
          { length: targets.size },
          (_, k) => deviation * stream.normalAt(first + k),
        );
        const perturbed = add(targets, tensor(noise, targets.shape));
        const head = headGradient(problem.head, outputs, perturbed);
        const dual = mul(head.residual, weight);
        dispose([head.loss, head.residual]);
        return [dual];
      },
    );
    return { loss, gradient: gradients[0]! };
  },
});
