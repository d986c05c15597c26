import type { SingleQuantity } from "../registry/quantity.js";
import { eigenvalueReading } from "./eigenvalueReading.js";

/**
 * FullBS = λmax(H), H the Hessian of the loss over all n samples (Def. 3.2); compares with 2/η.
 * Starts from the top eigenvector of the previous measurement and a random vector.
 *
 * Error bound: λmax lies in [value, value + bound] with a probability of 99.9 %, and so
 * for each of several; see `topPairs`. Parts: see `eigenvalueReading`.
 */
export const fullbs: SingleQuantity = {
  name: "fullbs",
  description: "full-batch sharpness, the top Hessian eigenvalue of the loss over all samples",
  over: "full",
  remembers: "hessian",
  unit: "sharpness",
  matrix: "hessian",
  needs: [],
  reads: ["tolerance", "top", "perLayer", "certify"],
  cost: "8 to 30 products over all samples",
  measure: (view, context) => eigenvalueReading(view, "hessian", context),
};
