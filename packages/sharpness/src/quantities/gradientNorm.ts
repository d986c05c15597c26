import { norm } from "../loss/space.js";
import { NOT_FINITE, type SingleQuantity } from "../registry/quantity.js";

/** ‖∇L(θ)‖ of the whole loss. Exact but for rounding: see `gradientRounding`. */
export const gradientNorm: SingleQuantity = {
  name: "gradient-norm",
  description: "norm of the gradient of the whole loss",
  over: "full",
  unit: "gradient",
  needs: [],
  reads: [],
  cost: "one gradient and one product over all samples",
  async measure(view) {
    if (!(await view.isFinite())) return NOT_FINITE;
    const value = await norm(view.space, await view.gradient());
    const { bound, products } = await view.gradientRounding();
    return { value, errorBound: bound, products, status: "exact" };
  },
};
