import { gradientRounding } from "../loss/gradientRounding.js";
import { PRODUCT_ERROR } from "../loss/rounding.js";
import { dot, norm } from "../loss/vectors.js";
import { type BatchQuantity, NOT_FINITE } from "../registry/quantity.js";

/**
 * Gradient-noise interaction E_B[g_BᵀH g_B] / ‖g‖², with Hessian and gradient of the whole loss and the
 * gradients of batches. To second order, E_B[L(θ − ηg_B)] − L(θ) = −η‖g‖² + η²/2·E_B[g_BᵀHg_B]: the whole
 * loss falls on average while this number is below 2/η, whatever the curvature of the batches.
 *
 * Standard error over batches; error bound: rounding of product and gradients. There is no number where
 * ‖g‖ is lost in rounding.
 *
 * @see Andreyev & Beneventano, Edge of Stochastic Stability, from the third version on
 */
export const gni: BatchQuantity = {
  name: "gni",
  description: "gradient-noise interaction, curvature of the whole loss along batch gradients",
  over: "batches",
  unit: "sharpness",
  matrix: "gradient-step",
  needs: ["full-batch"],
  cost: "one product over all samples for each batch",
  async sample(batch, { full, pause }) {
    const view = full();
    const whole = view.hessian();
    const square = dot(whole.gradient, whole.gradient);
    const { bound, products } = gradientRounding(view);
    const relative = bound / Math.sqrt(square);
    if (!(relative < 1)) return { ...NOT_FINITE, products };
    const step = batch.gradient();
    const product = new Float64Array(step.length);
    whole.apply(step, product);
    await pause();
    const value = dot(step, product) / square;
    // Fewer samples: rounding of the batch's gradient cancels less.
    const off = 2 * bound * Math.sqrt(view.samples / batch.samples) + PRODUCT_ERROR * norm(step);
    const ofSquare = 1 / (1 - relative) ** 2 - 1;
    return {
      value,
      errorBound: ((norm(product) * off) / square) * (1 + ofSquare) + Math.abs(value) * ofSquare,
      products: products + 1,
      status: "exact",
    };
  },
};
