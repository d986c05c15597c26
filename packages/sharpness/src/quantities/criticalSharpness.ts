import { forwardError } from "../loss/rounding.js";
import { dot } from "../loss/vectors.js";
import { NOT_FINITE, type SingleQuantity } from "../registry/quantity.js";
import { updateDirection } from "../tfjs/updateRule.js";

/** Doublings and halvings that are tried to enclose the critical step. */
const MAX_SCALINGS = 60;

/**
 * 2/η_c, η_c the smallest learning rate at which a step along the present update direction, with the
 * gradient of the whole loss, raises the whole loss: L(θ + η_c·p) = L(θ), p = −g for plain SGD.
 *
 * By forward passes alone: from the present η the step is doubled or halved until it encloses η_c, and
 * then bisected. A loss that rises and falls again within a factor of two escapes it. To second order
 * 2/η_c is gᵀHg/‖g‖² for plain SGD. There is no η_c, hence a mark, where p goes up the slope at once, as
 * momentum may.
 *
 * Error bound: half the enclosure, and the rounding of two losses over the slope |gᵀp| with which their
 * difference passes zero at η_c.
 */
export const criticalSharpness: SingleQuantity = {
  name: "critical-sharpness",
  description: "2/η_c, η_c the learning rate from which the next full-batch step raises the loss",
  over: "full",
  unit: "sharpness",
  matrix: "update-step",
  needs: ["update"],
  cost: "10 to 20 forward passes over all samples, one gradient",
  async measure(view, { problem, tolerance, pause }) {
    const update = problem.update!;
    const present = view.loss();
    const gradient = view.gradient();
    const p = updateDirection(update, gradient);
    const slope = dot(gradient, p);
    if (!(Number.isFinite(present) && slope < 0)) return NOT_FINITE;
    const rises = async (rate: number): Promise<boolean> => {
      const moved = view.shifted(p.map((x) => rate * x));
      const loss = moved.loss();
      moved.dispose();
      await pause();
      // A loss that is no longer finite has risen.
      return !(loss <= present);
    };
    let low = update.learningRate > 0 ? update.learningRate : 1;
    let high = low;
    for (let tries = 0; await rises(low); tries++) {
      if (tries === MAX_SCALINGS) return NOT_FINITE;
      high = low;
      low /= 2;
    }
    for (let tries = 0; high === low || !(await rises(high)); tries++) {
      if (tries === MAX_SCALINGS) return NOT_FINITE;
      low = high;
      high *= 2;
    }
    while (high / low - 1 > tolerance) {
      const middle = Math.sqrt(low * high);
      if (await rises(middle)) high = middle;
      else low = middle;
    }
    const value = 1 / low + 1 / high;
    const rounding = (value * 2 * forwardError(present)) / (low * -slope);
    return {
      value,
      errorBound: 1 / low - 1 / high + rounding,
      products: 0,
      status: rounding <= tolerance * value ? "converged" : "budget-spent",
    };
  },
};
