import { difference, norm } from "../loss/space.js";
import type { SingleQuantity } from "../registry/quantity.js";

/** Rounding of two float32 vectors that are subtracted, relative to their norms. */
const ROUNDING = 2 ** -23;

/**
 * ‖θ − θ₀‖, the distance from where training began. Part `relative`: ‖θ − θ₀‖/‖θ₀‖, absent for θ₀ = 0.
 * Exact but for rounding. With the parameters of another run for θ₀ it is the distance between the two.
 */
export const distance: SingleQuantity = {
  name: "distance",
  description: "distance of the parameters from their initial values",
  over: "full",
  unit: "parameters",
  needs: ["initial-params"],
  reads: [],
  cost: "no product",
  async measure(view) {
    const { space } = view;
    const theta = await view.parameters();
    const first = await view.initialParameters();
    const between = difference(space, theta, first);
    const value = await norm(space, between);
    space.release(between);
    const start = await norm(space, first);
    return {
      value,
      errorBound: ROUNDING * ((await norm(space, theta)) + start),
      products: 0,
      status: "exact",
      ...(start > 0 && { parts: { relative: { value: value / start } } }),
    };
  },
};
