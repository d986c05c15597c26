import { defineCellNoise } from "./cellNoise.js";

/**
 * Noise with the diagonal of the mini-batch covariance (paper 5.1, Fig. 10, "diagonal"): every
 * parameter is a cell of its own. Cov = c² · diag(Σ).
 */
export const diagonal = defineCellNoise(
  "diagonal",
  "with the variances of batches, parameter by parameter",
  ({ size }) => new Int32Array(size).fill(1),
);
