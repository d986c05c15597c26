import type { LossView } from "../loss/lossView.js";
import { oncePerView } from "../loss/oncePerView.js";
import { PRODUCT_ERROR } from "../loss/rounding.js";
import { multiply, norm } from "../loss/space.js";
import { type BatchQuantity, type MeasureContext, NOT_FINITE } from "../registry/quantity.js";

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
  reads: ["tolerance"],
  cost: "one product over all samples for each batch",
  async sample(batch, { full, pause }) {
    const view = full();
    const { space } = view;
    const gradient = await view.gradient();
    const square = await space.dot(gradient, gradient);
    const { bound, products } = await view.gradientRounding();
    const relative = bound / Math.sqrt(square);
    if (!(relative < 1)) return { ...NOT_FINITE, products };
    const along = await alongBatchGradient(batch, view, pause);
    const { quadratic, length, size } = along;
    const value = quadratic / square;
    // Fewer samples: rounding of the batch's gradient cancels less.
    const off = 2 * bound * Math.sqrt(view.samples / batch.samples) + PRODUCT_ERROR * length;
    const ofSquare = 1 / (1 - relative) ** 2 - 1;
    return {
      value,
      errorBound: ((size * off) / square) * (1 + ofSquare) + Math.abs(value) * ofSquare,
      products: products + along.products,
      status: "exact",
    };
  },
};

/**
 * Interaction-aware sharpness tr(H·S_b)/tr(S_b) = E_B[g_BᵀHg_B] / E_B[‖g_B‖²], with S_b = E_B[g_B g_Bᵀ]: the
 * curvature of the whole loss along the gradients of batches. Times E_B[‖g_B‖²]/‖g‖² it is `gni`, which is what
 * 2/η limits; without noise it is `step-sharpness`.
 *
 * Standard error by the delta method, see `ratioOfMeans`; error bound: rounding of the product.
 *
 * @see Lee, Jang (2023), A new characterization of the edge of stability based on a sharpness measure
 *   aware of batch gradient distribution, ICLR
 */
export const interactionSharpness: BatchQuantity = {
  name: "interaction-sharpness",
  description: "curvature of the whole loss along batch gradients: mean of gᵀHg over mean of ‖g‖²",
  over: "batches",
  unit: "sharpness",
  // 2/η limits `gni`; of this one the limit depends on the noise.
  matrix: "none",
  needs: ["full-batch"],
  reads: ["tolerance"],
  cost: "one product over all samples for each batch, none where gni is measured too",
  async sample(batch, { full, pause }) {
    const { quadratic, length, size, products } = await alongBatchGradient(batch, full(), pause);
    const errorBound = 3 * PRODUCT_ERROR * length * size;
    return { value: quadratic, denominator: length ** 2, errorBound, products, status: "exact" };
  },
};

/** g_BᵀHg_B with the Hessian of the whole loss, ‖g_B‖ and ‖Hg_B‖. */
const alongBatchGradient = oncePerView(
  async (batch: LossView, whole: LossView, pause: MeasureContext["pause"]) => {
    const { space } = whole;
    const gradient = await batch.gradient();
    const product = await multiply(whole.hessian(), gradient);
    await pause();
    const quadratic = await space.dot(gradient, product);
    const size = await norm(space, product);
    space.release(product);
    return { quadratic, length: await norm(space, gradient), size, products: 1 };
  },
);
