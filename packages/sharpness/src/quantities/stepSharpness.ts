import type { CurvatureKind } from "../loss/engine.js";
import type { LossView } from "../loss/lossView.js";
import type { BatchQuantity, Reading, SingleQuantity } from "../registry/quantity.js";

async function rayleighReading(view: LossView, kind: CurvatureKind = "hessian"): Promise<Reading> {
  const { quadratic, rounding, square, products } = await view.alongGradient(kind);
  // A loss without gradient has no direction to measure along.
  if (square === 0) return { value: Number.NaN, products, status: "not-finite" };
  return { value: quadratic / square, errorBound: rounding / square, products, status: "exact" };
}

/** gᵀHg / ‖g‖² of the whole loss (eq. 5). Exact but for the rounding of one product. */
export const stepSharpness: SingleQuantity = {
  name: "step-sharpness",
  description: "curvature of the whole loss along its gradient",
  over: "full",
  unit: "sharpness",
  matrix: "hessian",
  needs: [],
  reads: [],
  cost: "one product over all samples",
  measure: (view) => rayleighReading(view),
};

/** Batch sharpness E_B[g_BᵀH_B g_B / ‖g_B‖²], the mean of ratios (paper A.2): one product a batch. */
export const batchSharpness: BatchQuantity = {
  name: "batch-sharpness",
  description: "mean over batches of the curvature along the batch's own gradient",
  over: "batches",
  unit: "sharpness",
  matrix: "hessian",
  needs: [],
  reads: ["tolerance"],
  cost: "one product a batch",
  sample: (batch) => rayleighReading(batch),
};

/** g_BᵀH_B g_B / ‖g_B‖² of the batch of the next step: one draw of what `batch-sharpness` is the mean of. */
export const stepBatchSharpness: SingleQuantity = {
  name: "step-batch-sharpness",
  description: "curvature of the batch of the next step along its own gradient",
  over: "step",
  unit: "sharpness",
  matrix: "hessian",
  needs: [],
  reads: [],
  cost: "one product with that batch",
  measure: (view) => rayleighReading(view),
};

/** E_B[g_BᵀG_B g_B / ‖g_B‖²], batch sharpness of the Gauss–Newton matrix: what residuals add to H is left out. */
export const gaussNewtonBatchSharpness: BatchQuantity = {
  name: "gauss-newton-batch-sharpness",
  description: "mean over batches of the Gauss–Newton curvature along the batch's own gradient",
  over: "batches",
  unit: "sharpness",
  matrix: "gauss-newton",
  needs: ["outputs"],
  reads: ["tolerance"],
  cost: "one product a batch",
  sample: (batch) => rayleighReading(batch, "gauss-newton"),
};

/**
 * E_B[g_BᵀH_B g_B] / E_B[‖g_B‖²], the ratio of means (paper A.2): batches count as much as the square
 * of their gradient. Standard error by the delta method, see `ratioOfMeans`.
 */
export const batchSharpnessRatio: BatchQuantity = {
  name: "batch-sharpness-ratio",
  description: "mean of gᵀHg over batches divided by the mean of ‖g‖²",
  over: "batches",
  unit: "sharpness",
  matrix: "hessian",
  needs: [],
  reads: ["tolerance"],
  cost: "one product a batch, none where batch-sharpness is measured too",
  async sample(batch) {
    const { quadratic, rounding, square, products } = await batch.alongGradient();
    return {
      value: quadratic,
      denominator: square,
      errorBound: rounding,
      products,
      status: "exact",
    };
  },
};
