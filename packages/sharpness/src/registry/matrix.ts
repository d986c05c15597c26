/**
 * What a number is an eigenvalue or a Rayleigh quotient of, and so what it can be compared with:
 *
 * - `hessian`: H of a loss, that of all samples or of a batch.
 * - `gauss-newton`, `fisher`, `tangent-kernel`: what is left of H without the residual part, or equals
 *   that under conditions.
 * - `preconditioned-hessian`: P^(−½) H P^(−½), P the diagonal by which the optimizer divides its step.
 * - `update-matrix`: a number that is divided by its threshold already, as `momentum-sharpness`.
 * - `own-step`: sᵀHs/(−gᵀs) along the step s that the optimizer makes itself.
 * - `update-step`: 2/η_c, η_c a step size along the present update direction.
 * - `gradient-step`: a limit on η that is derived for a plain step along the gradient.
 * - `mean-square`: E[(I − ηH_B)²] or the noise in it, the growth of squared distances by a plain step.
 * - `none`: no matrix, or one that no step size is compared with.
 */
export const MATRICES = [
  "hessian",
  "gauss-newton",
  "fisher",
  "tangent-kernel",
  "preconditioned-hessian",
  "update-matrix",
  "own-step",
  "update-step",
  "gradient-step",
  "mean-square",
  "none",
] as const;
export type Matrix = (typeof MATRICES)[number];

/** The losses that a quantity is of: of all samples, of the next batch, of held-out samples, or of batches. */
export const OVER = ["full", "step", "held-out", "batches"] as const;
export type Over = (typeof OVER)[number];
