import type { BatchQuantity, SingleQuantity } from "../registry/quantity.js";
import { eigenvalueReading } from "./eigenvalueReading.js";

/**
 * E_B[λmax(F_B)], F_B the true Fisher information of the batch: expectation over targets drawn from
 * the model (paper A.4, D). For the heads of `@eoss/hvp` it is the Gauss–Newton matrix, for squared
 * error that of a normal distribution with variance ½. Errors as those of `minibs`.
 */
export const fisher: BatchQuantity = {
  name: "fisher",
  description: "mean over batches of the top eigenvalue of the true Fisher information",
  over: "batches",
  unit: "sharpness",
  matrix: "fisher",
  needs: ["outputs"],
  reads: ["tolerance", "perLayer", "certify"],
  cost: "8 to 25 products a batch",
  sample: (batch, context) => eigenvalueReading(batch, "fisher", context),
};

/** λmax of the true Fisher information over all n samples. Error bound: as that of FullBS. */
export const fullFisher: SingleQuantity = {
  name: "full-fisher",
  description: "top eigenvalue of the true Fisher information over all samples",
  over: "full",
  remembers: "fisher",
  unit: "sharpness",
  matrix: "fisher",
  needs: ["outputs"],
  reads: ["tolerance", "top", "perLayer", "certify"],
  cost: "8 to 30 products over all samples",
  measure: (view, context) => eigenvalueReading(view, "fisher", context),
};

/**
 * E_B[λmax of the mean over the batch of ∇ℓ_i ∇ℓ_iᵀ], with the given targets: the uncentred second
 * moment of the gradients, no expectation under the model. Its unit is that of a squared gradient.
 * Errors as those of `minibs`.
 *
 * @see Kunstner, Hennig, Balles (2019), Limitations of the empirical Fisher approximation
 */
export const empiricalFisher: BatchQuantity = {
  name: "empirical-fisher",
  description: "mean over batches of the top eigenvalue of the empirical Fisher matrix",
  over: "batches",
  unit: "gradient²",
  needs: ["outputs"],
  reads: ["tolerance", "perLayer", "certify"],
  cost: "8 to 25 products a batch",
  sample: (batch, context) => eigenvalueReading(batch, "empirical-fisher", context),
};

/** λmax of the empirical Fisher matrix over all n samples. Error bound: as that of FullBS. */
export const fullEmpiricalFisher: SingleQuantity = {
  name: "full-empirical-fisher",
  description: "top eigenvalue of the empirical Fisher matrix over all samples",
  over: "full",
  remembers: "empirical-fisher",
  unit: "gradient²",
  needs: ["outputs"],
  reads: ["tolerance", "top", "perLayer", "certify"],
  cost: "8 to 30 products over all samples",
  measure: (view, context) => eigenvalueReading(view, "empirical-fisher", context),
};
