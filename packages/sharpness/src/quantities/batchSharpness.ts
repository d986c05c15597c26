import type { BatchQuantity } from "../quantity.js";

/** Relative error of a float32 Hessian-vector product on the reference networks, with room. */
const PRODUCT_ERROR = 1e-4;

/** Batch sharpness E_B[g_BᵀH_B g_B / ‖g_B‖²], the mean of ratios (paper A.2): one product a batch. */
export const batchSharpness: BatchQuantity = {
  over: "batches",
  name: "batch-sharpness",
  description: "mean over batches of the curvature along the batch's own gradient",
  sample(batch) {
    const { gradient, apply, n } = batch.hessian();
    const product = new Float64Array(n);
    apply(gradient, product);
    let quadratic = 0;
    let square = 0;
    for (let i = 0; i < n; i++) {
      quadratic += gradient[i]! * product[i]!;
      square += gradient[i]! ** 2;
    }
    // A batch without gradient has no direction to measure along.
    if (square === 0) return { value: Number.NaN, products: 1, status: "not-finite" };
    const value = quadratic / square;
    return { value, errorBound: PRODUCT_ERROR * Math.abs(value), products: 1, status: "exact" };
  },
};
