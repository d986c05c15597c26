import type { Update } from "../loss/engine.js";
import type { LossView } from "../loss/lossView.js";
import { forwardError } from "../loss/rounding.js";
import {
  type BatchQuantity,
  type MeasureContext,
  NOT_FINITE,
  type Reading,
  type SingleQuantity,
} from "../registry/quantity.js";

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
  reads: ["tolerance"],
  cost: "10 to 20 forward passes over all samples, one gradient",
  measure: critical,
};

/**
 * E_B[2/η_c], η_c the smallest learning rate at which the step that the optimizer would make on a batch
 * raises the loss of that batch: L_B(θ + η_c·p_B) = L_B(θ). Each as `critical-sharpness`, without a product:
 * what is measured where products cost too much. To second order it is `batch-sharpness` for plain SGD.
 * It has no value where the step of a batch goes up the slope of its own loss.
 *
 * Standard error over batches; error bound: the mean of those of the batches.
 */
export const batchCriticalSharpness: BatchQuantity = {
  name: "batch-critical-sharpness",
  description:
    "mean over batches of 2/η_c, η_c the learning rate from which a step raises its batch's loss",
  over: "batches",
  unit: "sharpness",
  matrix: "update-step",
  needs: ["update"],
  reads: ["tolerance"],
  cost: "10 to 20 forward passes and one gradient a batch",
  sample: critical,
};

async function critical(
  view: LossView,
  { problem, tolerance, pause }: MeasureContext,
): Promise<Reading> {
  const { space } = view;
  const present = await view.loss();
  const gradient = await view.gradient();
  const p = await view.updateDirection(gradient);
  const slope = await space.dot(gradient, p);
  const rises = async (rate: number): Promise<boolean> => {
    const moved = view.shifted(p, rate);
    const loss = await moved.loss();
    moved.dispose();
    await pause();
    // A loss that is no longer finite has risen.
    return !(loss <= present);
  };
  const bracket =
    Number.isFinite(present) && slope < 0
      ? await enclose(rises, problem.update!, tolerance)
      : undefined;
  space.release(p);
  if (bracket === undefined) return NOT_FINITE;
  const { low, high } = bracket;
  const value = 1 / low + 1 / high;
  const rounding = (value * 2 * forwardError(present)) / (low * -slope);
  return {
    value,
    errorBound: 1 / low - 1 / high + rounding,
    products: 0,
    status: rounding <= tolerance * value ? "converged" : "budget-spent",
  };
}

/** Learning rates between which the loss begins to rise; undefined where none is found. */
async function enclose(
  rises: (rate: number) => Promise<boolean>,
  { learningRate }: Update,
  tolerance: number,
): Promise<{ readonly low: number; readonly high: number } | undefined> {
  let low = learningRate > 0 ? learningRate : 1;
  let high = low;
  for (let tries = 0; await rises(low); tries++) {
    if (tries === MAX_SCALINGS) return undefined;
    high = low;
    low /= 2;
  }
  for (let tries = 0; high === low || !(await rises(high)); tries++) {
    if (tries === MAX_SCALINGS) return undefined;
    low = high;
    high *= 2;
  }
  while (high / low - 1 > tolerance) {
    const middle = Math.sqrt(low * high);
    if (await rises(middle)) high = middle;
    else low = middle;
  }
  return { low, high };
}
