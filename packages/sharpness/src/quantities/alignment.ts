import type { LossView } from "../lossView.js";
import type { BatchQuantity, Reading, SingleQuantity } from "../quantity.js";
import { squaredCosine, squaredCosineError } from "../vectors.js";

/**
 * cos² of the angle between the gradient of a loss and the top eigenvector of its Hessian.
 *
 * Error bound: how far cos² moves as the eigenvector turns by the angle by which it may be off,
 * `angleBound` of the eigenpair. Where the two top eigenvalues are not resolved, and so there is no single
 * direction, anything from 0 to 1 is within it. That no eigenvalue was missed between the two is assumed.
 * The tolerance is absolute.
 */
async function alignmentReading(view: LossView): Promise<Reading> {
  const { vectors, angleBound, products, status } = await view.top("hessian");
  const [vector] = vectors;
  const value = vector === undefined ? Number.NaN : squaredCosine(view.gradient(), vector);
  const errorBound = squaredCosineError(value, angleBound);
  return { value, scale: 1, errorBound, errorKind: "assumed", products, status };
}

/** E_B[cos²(g_B, u_B)], u_B the top eigenvector of H_B (paper A.2 and F). */
export const alignment: BatchQuantity = {
  name: "alignment",
  description: "cos² between a batch's gradient and the top eigenvector of its Hessian",
  over: "batches",
  unit: "fraction",
  needs: [],
  cost: "those of minibs, none where it is measured too",
  sample: alignmentReading,
};

/** cos²(g, u) of the whole loss (paper F). */
export const fullAlignment: SingleQuantity = {
  name: "full-alignment",
  description: "cos² between the gradient of the whole loss and the top eigenvector of its Hessian",
  over: "full",
  unit: "fraction",
  needs: [],
  cost: "those of fullbs, none where it is measured too",
  measure: alignmentReading,
};
