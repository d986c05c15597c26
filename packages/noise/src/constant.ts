import { withWhiteNoise } from "./flatNoise.js";
import { defineNoise } from "./noise.js";

/**
 * Isotropic Gaussian noise of a given size, whatever data, batch size and parameters are:
 *
 *   ∇L + √variance · z,   z ~ N(0, I_d)        Cov = variance·I
 */
export const constant = defineNoise<{ variance?: number }>({
  name: "constant",
  description: "white noise of a given size",
  defaults: { variance: undefined },
  gradient: (problem, { stream, options }) => withWhiteNoise(problem, options.variance, stream),
});
