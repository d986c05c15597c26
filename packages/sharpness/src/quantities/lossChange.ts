import type { LossView } from "../loss/lossView.js";
import { forwardError, PRODUCT_ERROR } from "../loss/rounding.js";
import type {
  BatchQuantity,
  MeasureContext,
  Reading,
  SingleQuantity,
} from "../registry/quantity.js";

/**
 * What a gradient step of size η does to a loss, and the terms of its Taylor series:
 *
 *   L(θ − ηg) − L(θ) = −η‖g‖² + η²/2·gᵀHg + rest
 *
 * Parts `first`, `second`, `rest`. At the edge of stability the first two cancel, so the tolerance is
 * relative to the first. Error bounds: rounding of two forward passes, of gradient and product.
 */
async function lossChange(view: LossView, { problem }: MeasureContext): Promise<Reading> {
  const { learningRate } = problem.update!;
  const before = await view.loss();
  const { quadratic, rounding, square, products } = await view.alongGradient();
  const moved = view.shifted(await view.gradient(), -learningRate);
  const after = await moved.loss();
  moved.dispose();
  const value = after - before;
  const errorBound = forwardError(before) + forwardError(after);
  const first = -learningRate * square;
  const second = (learningRate ** 2 / 2) * quadratic;
  const bounds = [PRODUCT_ERROR * Math.abs(first), (learningRate ** 2 / 2) * rounding];
  return {
    value,
    scale: first,
    errorBound,
    products,
    status: "exact",
    parts: {
      first: { value: first, errorBound: bounds[0]! },
      second: { value: second, errorBound: bounds[1]! },
      rest: { value: value - first - second, errorBound: errorBound + bounds[0]! + bounds[1]! },
    },
  };
}

/** E_B[L_B(θ − ηg_B) − L_B(θ)], each batch with its own gradient (eq. 4). Standard error over batches. */
export const oneStepLossChange: BatchQuantity = {
  name: "one-step-loss-change",
  description: "mean change of a batch's loss by a gradient step on it, with its Taylor terms",
  over: "batches",
  unit: "loss",
  needs: ["learning-rate"],
  reads: ["tolerance"],
  cost: "one product and one forward pass a batch",
  sample: lossChange,
};

/** L(θ − ηg) − L(θ) of the whole loss (eq. 7). */
export const fullOneStepLossChange: SingleQuantity = {
  name: "full-one-step-loss-change",
  description: "change of the whole loss by a full-batch gradient step, with its Taylor terms",
  over: "full",
  unit: "loss",
  needs: ["learning-rate"],
  reads: [],
  cost: "one product and one forward pass over all samples",
  measure: lossChange,
};

/**
 * E_B[L(θ − ηg_B)] − L(θ), the change of the whole loss by a step on a batch. To second order it is
 * −η‖g‖² + η²/2·E_B[g_BᵀHg_B]: see `gni`. Standard error over batches, the tolerance relative to the
 * first term; bound: rounding.
 */
export const expectedLossChange: BatchQuantity = {
  name: "expected-loss-change",
  description: "mean change of the whole loss by a gradient step on a batch",
  over: "batches",
  unit: "loss",
  needs: ["full-batch", "learning-rate"],
  reads: ["tolerance"],
  cost: "one gradient of a batch and one forward pass over all samples for each batch",
  async sample(batch, { full, problem, pause }) {
    const { learningRate } = problem.update!;
    const whole = full();
    const { space } = whole;
    const step = space.scale(-learningRate, space.copy(await batch.gradient()));
    const moved = whole.shifted(step);
    const after = await moved.loss();
    moved.dispose();
    await pause();
    const before = await whole.loss();
    const first = await space.dot(step, await whole.gradient());
    space.release(step);
    return {
      value: after - before,
      scale: first,
      errorBound: forwardError(before) + forwardError(after),
      products: 0,
      status: "exact",
    };
  },
};
