import type { SingleQuantity } from "../registry/quantity.js";
import { eigenvalueReading } from "./eigenvalueReading.js";

/**
 * λmax(H_B) of the very batch that the next step takes: one point of the cloud whose mean is MiniBS.
 * Error bound: certified, see `topPairs`.
 */
export const stepLambdaMax: SingleQuantity = {
  name: "step-lambda-max",
  description: "top Hessian eigenvalue of the batch of the next step",
  over: "step",
  unit: "sharpness",
  matrix: "hessian",
  needs: [],
  reads: ["tolerance", "perLayer", "certify"],
  cost: "8 to 25 products on a batch",
  measure: (view, context) => eigenvalueReading(view, "hessian", context),
};
