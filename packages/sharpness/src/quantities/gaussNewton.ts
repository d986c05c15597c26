import type { BatchQuantity, SingleQuantity } from "../registry/quantity.js";
import { eigenvalueReading } from "./eigenvalueReading.js";

/**
 * E_B[λmax(G_B)], G_B the Gauss–Newton part of the batch's Hessian (eq. 6, left term): mean over
 * samples of J_iᵀ(∂²ℓ_i/∂f²)J_i. Errors as those of `minibs`; per layer on request.
 */
export const gaussNewton: BatchQuantity = {
  name: "gauss-newton",
  description: "mean over batches of the top eigenvalue of the Gauss–Newton matrix",
  over: "batches",
  unit: "sharpness",
  matrix: "gauss-newton",
  needs: ["outputs"],
  reads: ["tolerance", "perLayer", "certify"],
  cost: "8 to 25 products a batch",
  sample: (batch, context) => eigenvalueReading(batch, "gauss-newton", context),
};

/** λmax(G) over all n samples. Error bound: as that of FullBS. */
export const fullGaussNewton: SingleQuantity = {
  name: "full-gauss-newton",
  description: "top eigenvalue of the Gauss–Newton matrix over all samples",
  over: "full",
  remembers: "gauss-newton",
  unit: "sharpness",
  matrix: "gauss-newton",
  needs: ["outputs"],
  reads: ["tolerance", "top", "perLayer", "certify"],
  cost: "8 to 30 products over all samples",
  measure: (view, context) => eigenvalueReading(view, "gauss-newton", context),
};
