import type { LossView } from "../lossView.js";
import { type BatchQuantity, NOT_FINITE, type Reading, type SingleQuantity } from "../quantity.js";
import { sineBeside, squaredCosine, squaredCosineError } from "../vectors.js";

/**
 * cos² of the angle between the gradient of a loss and the top eigenvector of its Hessian.
 *
 * Error bound: how far cos² moves as the eigenvector turns by the angle by which it may be off, see
 * `sineBeside`. Where there is no single direction, as the top eigenvalue is repeated or the two top ones are
 * not resolved, anything from 0 to 1 is within it. That no eigenvalue was missed between the two is assumed.
 * The tolerance is absolute.
 */
async function alignmentReading(view: LossView): Promise<Reading> {
  const top = await view.top("hessian");
  const [vector] = top.vectors;
  if (vector === undefined) return { ...NOT_FINITE, products: top.products };
  const { quadratic, square: length, products } = view.alongGradient();
  const value = squaredCosine(view.gradient(), vector);
  return {
    value,
    scale: 1,
    errorBound: squaredCosineError(value, sineBeside(top, value, quadratic / length)),
    errorKind: "assumed",
    products: top.products + products,
    status: top.status,
  };
}

/** E_B[cos²(g_B, u_B)], u_B the top eigenvector of H_B (paper A.2 and F). */
export const alignment: BatchQuantity = {
  name: "alignment",
  description: "cos² between a batch's gradient and the top eigenvector of its Hessian",
  over: "batches",
  unit: "fraction",
  needs: [],
  cost: "those of minibs and batch-sharpness, none where they are measured too",
  sample: alignmentReading,
};

/** cos²(g, u) of the whole loss (paper F). */
export const fullAlignment: SingleQuantity = {
  name: "full-alignment",
  description: "cos² between the gradient of the whole loss and the top eigenvector of its Hessian",
  over: "full",
  unit: "fraction",
  needs: [],
  cost: "those of fullbs and step-sharpness, none where they are measured too",
  measure: alignmentReading,
};
