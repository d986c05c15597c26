import { eigenvalueReading } from "../eigenvalueReading.js";
import type { SingleQuantity } from "../quantity.js";

/**
 * FullBS = λmax(H), H the Hessian of the loss over all n samples (Def. 3.2); compares with 2/η.
 * Starts from the gradient and the eigenvectors of the previous measurement: the top eigenvector may
 * have changed places with another one since, and the gradient leans towards the sharp directions.
 *
 * Error bound: the residual of the eigenpair; see `topEigenvalue`. Parts: see `eigenvalueReading`.
 */
export const fullbs: SingleQuantity = {
  name: "fullbs",
  description: "full-batch sharpness, the top Hessian eigenvalue of the loss over all samples",
  over: "full",
  unit: "sharpness",
  needs: [],
  cost: "5 to 30 products over all samples",
  measure: (view, context) => eigenvalueReading(view, "hessian", context),
};
