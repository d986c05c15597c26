import type { Problem } from "../loss/engine.js";
import type { LossView } from "../loss/lossView.js";
import { MATRIX_ERROR } from "../loss/rounding.js";
import { difference, type Operator, type Vector } from "../loss/space.js";
import {
  type BatchQuantity,
  type MeasureContext,
  NOT_FINITE,
  type SingleQuantity,
} from "../registry/quantity.js";
import { topPairs } from "../search/topPairs.js";

/**
 * E_B‖g_B − g‖², the trace of the covariance of batch gradients. Part `relative`: the same over ‖g‖², the
 * noise-to-signal ratio of a step. Standard error over batches; error bound: rounding of the
 * gradients, of which that of the whole loss is told by `gradientRounding`.
 */
export const gradientNoise: BatchQuantity = {
  name: "gradient-noise",
  description: "mean squared distance of batch gradients from the gradient of the whole loss",
  over: "batches",
  unit: "gradient²",
  needs: ["full-batch"],
  reads: ["tolerance"],
  cost: "one gradient a batch, and one product over all samples",
  async sample(batch, { full }) {
    const whole = full();
    const { space } = whole;
    const g = await whole.gradient();
    const noise = difference(space, await batch.gradient(), g);
    const value = await space.dot(noise, noise);
    space.release(noise);
    const { bound, products } = await whole.gradientRounding();
    // Fewer samples: rounding cancels less.
    const off = bound * (1 + Math.sqrt(whole.samples / batch.samples));
    const error = 2 * Math.sqrt(value) * off + off ** 2;
    const square = await space.dot(g, g);
    return {
      value,
      errorBound: error,
      products,
      status: "exact",
      ...(square > 0 && {
        parts: { relative: { value: value / square, errorBound: error / square } },
      }),
    };
  },
};

/** Eigenvalues that are given of the covariance, unless more are wanted. */
const TOP = 5;

/**
 * Top eigenvalue of the covariance of batch gradients, exactly for batches drawn without replacement:
 *
 *   Cov g_B = (n − b)/(b(n − 1)) · ( 1/n Σ ∇ℓ_i ∇ℓ_iᵀ − g gᵀ )
 *
 * Part `eigenvalues`: the five largest. Error bounds: see `topPairs`. Its trace is
 * `gradient-noise`.
 */
export const gradientNoiseTop: SingleQuantity = {
  name: "gradient-noise-top",
  description: "top eigenvalue of the covariance of batch gradients",
  over: "full",
  unit: "gradient²",
  needs: ["outputs", "independent-samples"],
  reads: ["tolerance", "top", "certify"],
  cost: "15 to 40 products with the empirical Fisher matrix over all samples",
  async measure(view, { problem, tolerance, stream, pause, certify, top }: MeasureContext) {
    await outputsOfSample(view, "gradient-noise-top");
    const scale = covarianceScale(problem);
    if (scale === 0) return { value: 0, errorBound: 0, products: 0, status: "exact" };
    if (!(await view.isFinite())) return NOT_FINITE;
    const moment = view.curvature("empirical-fisher");
    const { space } = moment;
    const gradient = await view.gradient();
    const covariance: Operator<Vector> = {
      n: moment.n,
      space,
      async apply(x, out) {
        const product = (await moment.apply(x, out)) ?? out;
        const less = space.axpy(-(await space.dot(gradient, x)), gradient, product);
        return space.scale(scale, less);
      },
    };
    const count = Math.max(TOP, top);
    // The covariance is the difference of two matrices, of which g·gᵀ may be much larger.
    const rounding = MATRIX_ERROR * scale * (await space.dot(gradient, gradient));
    const found = await topPairs(covariance, [], {
      ...{ tolerance, stream, pause, certify, count, rounding },
    });
    for (const vector of found.vectors) space.release(vector);
    const { value, errorBound, errorKind, products, status, values, errorBounds } = found;
    const parts = { eigenvalues: { value: values, errorBound: errorBounds } };
    return { value, errorBound, errorKind, products, status, parts };
  },
};

/** Cov g_B over the covariance of the gradients of samples, for batches without replacement. */
export function covarianceScale({
  samples: n,
  batchSize: b,
}: Pick<Problem, "samples" | "batchSize">): number {
  return n === 1 ? 0 : (n - b) / (b * (n - 1));
}

/**
 * C, the outputs of a sample.
 *
 * @throws RangeError where a sample has several rows of outputs: its gradient is not that of a row
 */
export async function outputsOfSample(view: LossView, quantity: string): Promise<number> {
  for await (const { values, classes, samples } of view.outputs()) {
    if (values.length === samples * classes) return classes;
    break;
  }
  throw new RangeError(`${quantity} needs one row of outputs a sample, [b, C]`);
}
