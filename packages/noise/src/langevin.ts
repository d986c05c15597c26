import { withWhiteNoise } from "./flatNoise.js";
import { defineNoise } from "./noise.js";

/**
 * Noise that makes a step of gradient descent one of the unadjusted Langevin algorithm:
 *
 *   ∇L + √(2T/η) · z,   z ~ N(0, I_d)        Cov = 2T/η·I
 *   θ ← θ − η·(that) = θ − η∇L + √(2ηT)·z
 *
 * For small η its stationary density is ∝ exp(−L/T). That holds for plain gradient descent, not for
 * optimizers with momentum or a preconditioner. With mini-batches in place of ∇L it would be SGLD.
 *
 * @see Roberts, Tweedie (1996), Exponential convergence of Langevin distributions and their discrete
 *   approximations; Welling, Teh (2011), Bayesian learning via stochastic gradient Langevin dynamics
 */
export const langevin = defineNoise<{ temperature?: number }>({
  name: "langevin",
  description: "white noise that makes SGD sample at a temperature",
  defaults: { temperature: undefined },
  gradient(problem, { stream, learningRate, options }) {
    if (learningRate === 0) {
      throw new RangeError(
        "langevin has noise of variance 2T/η: the learning rate must be above 0",
      );
    }
    return withWhiteNoise(problem, (2 * options.temperature) / learningRate, stream);
  },
});
