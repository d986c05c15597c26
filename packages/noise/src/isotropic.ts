import { defineCellNoise } from "./cellNoise.js";

/**
 * Noise of the size of mini-batch noise without its directions (paper 5.1, Fig. 10, "isotropic"): all
 * parameters are one cell. Cov = c² · tr Σ/d · I.
 */
export const isotropic = defineCellNoise(
  "isotropic",
  "as large as that of batches, in no direction",
  ({ size }) => [size],
);
