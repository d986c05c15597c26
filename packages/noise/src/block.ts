import { defineCellNoise } from "./cellNoise.js";

/**
 * Noise that is isotropic inside each parameter tensor, with that tensor's share of the mini-batch
 * noise: each tensor is a cell. Cov = c² · tr Σ_TT/d_T · I in tensor T, of d_T entries.
 */
export const block = defineCellNoise(
  "block",
  "as large as that of batches in each parameter tensor",
  ({ entries }) => entries.map(({ size }) => size),
);
