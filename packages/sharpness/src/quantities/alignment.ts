import type { LossView } from "../loss/lossView.js";
import { norm, squaredCosine } from "../loss/space.js";
import { squaredCosineError } from "../loss/squaredCosineError.js";
import {
  type BatchQuantity,
  type MeasureContext,
  NOT_FINITE,
  type Reading,
  type SingleQuantity,
} from "../registry/quantity.js";
import { certifiedAngle } from "../search/certifiedAngle.js";

/**
 * cos² of the angle between the gradient of a loss and the top eigenvector of its Hessian.
 *
 * Error bound: how far cos² moves as the eigenvector turns by the angle by which it may be off, with a
 * probability of 99.9 % (`certifiedAngle`), and the gradient by its rounding. Where the two top
 * eigenvalues are not resolved, and so there is no single direction, anything from 0 to 1 is within it. The
 * tolerance is absolute.
 */
async function alignmentReading(view: LossView, context: MeasureContext): Promise<Reading> {
  const top = await view.top("hessian");
  const [vector] = top.vectors;
  if (vector === undefined) return { ...NOT_FINITE, products: top.products };
  const angle = await certifiedAngle(view, "hessian", top, context);
  const rounding = await view.gradientRounding();
  const { space } = view;
  const gradient = await view.gradient();
  const value = await squaredCosine(space, gradient, vector);
  return {
    value,
    scale: 1,
    errorBound: squaredCosineError(
      value,
      angle.sine,
      rounding.bound / (await norm(space, gradient)),
    ),
    errorKind: angle.errorKind,
    products: top.products + angle.products + rounding.products,
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
  reads: ["tolerance", "certify"],
  cost: "10 to 30 products a batch, and those of minibs",
  sample: alignmentReading,
};

/** cos²(g, u) of the whole loss (paper F). */
export const fullAlignment: SingleQuantity = {
  name: "full-alignment",
  description: "cos² between the gradient of the whole loss and the top eigenvector of its Hessian",
  over: "full",
  unit: "fraction",
  needs: [],
  reads: ["tolerance", "top", "certify"],
  cost: "10 to 30 products over all samples, and those of fullbs",
  measure: alignmentReading,
};
