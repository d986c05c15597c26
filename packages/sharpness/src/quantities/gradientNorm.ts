import { gradientRounding } from "../loss/gradientRounding.js";
import { norm } from "../loss/vectors.js";
import { NOT_FINITE, type SingleQuantity } from "../registry/quantity.js";

/** ‖∇L(θ)‖ of the whole loss. Exact but for rounding: see `gradientRounding`. */
export const gradientNorm: SingleQuantity = {
  name: "gradient-norm",
  description: "norm of the gradient of the whole loss",
  over: "full",
  unit: "gradient",
  needs: [],
  cost: "one gradient and one product over all samples",
  measure(view) {
    if (!view.isFinite()) return NOT_FINITE;
    const value = norm(view.gradient());
    const { bound, products } = gradientRounding(view);
    return { value, errorBound: bound, products, status: "exact" };
  },
};
