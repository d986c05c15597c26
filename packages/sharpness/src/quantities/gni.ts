import { PRODUCT_ERROR } from "../loss/rounding.js";
import { multiply, norm } from "../loss/space.js";
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
    const { space } = view;
    const gradient = await view.gradient();
    const square = await space.dot(gradient, gradient);
    const { bound, products } = await view.gradientRounding();
    const relative = bound / Math.sqrt(square);
    if (!(relative < 1)) return { ...NOT_FINITE, products };
    const step = await batch.gradient();
    const product = await multiply(view.hessian(), step);
    await pause();
    const value = (await space.dot(step, product)) / square;
    const size = await norm(space, product);
    space.release(product);
    // Fewer samples: rounding of the batch's gradient cancels less.
    const off =
      2 * bound * Math.sqrt(view.samples / batch.samples) +
      PRODUCT_ERROR * (await norm(space, step));
    const ofSquare = 1 / (1 - relative) ** 2 - 1;
    return {
      value,
      errorBound: ((size * off) / square) * (1 + ofSquare) + Math.abs(value) * ofSquare,
      products: products + 1,
      status: "exact",
    };
  },
};
