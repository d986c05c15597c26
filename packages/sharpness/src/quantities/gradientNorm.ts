import type { SingleQuantity } from "../quantity.js";
import { PRODUCT_ERROR } from "../rounding.js";
import { norm } from "../vectors.js";

/** ‖∇L(θ)‖ of the whole loss. Exact but for rounding. */
export const gradientNorm: SingleQuantity = {
  name: "gradient-norm",
  description: "norm of the gradient of the whole loss",
  over: "full",
  unit: "gradient",
  needs: [],
  cost: "one gradient over all samples",
  measure(view) {
    const value = norm(view.gradient());
    return { value, errorBound: PRODUCT_ERROR * value, products: 0, status: "exact" };
  },
};
