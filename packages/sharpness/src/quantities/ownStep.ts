// Curvature along the step that the optimizer itself makes.
import type { LossView } from "../loss/lossView.js";
import { oncePerView } from "../loss/oncePerView.js";
import { PRODUCT_ERROR } from "../loss/rounding.js";
import { multiply, norm, type Vector } from "../loss/space.js";
import {
  type BatchQuantity,
  type MeasureContext,
  NOT_FINITE,
  type Reading,
  type SingleQuantity,
} from "../registry/quantity.js";

/** sᵀHs and −gᵀs of a loss with gradient g, and what rounding may have made of each. */
interface OwnStep {
  readonly quadratic: number;
  readonly descent: number;
  /** ‖s‖² */
  readonly square: number;
  readonly quadraticError: number;
  readonly descentError: number;
  /** What rounding may have made of s, at most. */
  readonly off: number;
  readonly products: number;
}

/**
 * Along s = η·p, p the direction that the update rule makes of the gradient of this loss; all is NaN where that
 * is not finite.
 */
const alongOwnStep = oncePerView(
  async (view: LossView, { problem, pause }: MeasureContext): Promise<OwnStep> => {
    const { learningRate } = problem.update!;
    if (!(await view.isFinite())) return NO_STEP;
    const { space } = view;
    const gradient = await view.gradient();
    const step = space.scale(learningRate, await view.updateDirection(gradient));
    const product = await multiply(view.hessian(), step);
    await pause();
    const [slope, length, size] = [
      await norm(space, gradient),
      await norm(space, step),
      await norm(space, product),
    ];
    // The step is rounded as the longest of the parts that it is the sum of: momentum may undo the gradient.
    const off =
      PRODUCT_ERROR * Math.max(length, learningRate * (await ownPart(view, gradient, length)));
    const along = {
      quadratic: await space.dot(step, product),
      descent: -(await space.dot(gradient, step)),
      square: length ** 2,
      // The step stands on both sides of the product.
      quadraticError: (2 * off + PRODUCT_ERROR * length) * size,
      descentError: (off + PRODUCT_ERROR * length) * slope,
      off,
      products: 1,
    };
    space.release(step);
    space.release(product);
    return along;
  },
);

/** ‖P⁻¹g‖, the part of the direction that is of this gradient. */
async function ownPart(view: LossView, gradient: Vector, length: number): Promise<number> {
  const { space } = view;
  const preconditioner = await view.preconditioner();
  if (preconditioner === "identity") return norm(space, gradient);
  if (preconditioner === "not yet") return length;
  const root = await preconditioner.inverseRoot(gradient);
  const part = await preconditioner.inverseRoot(root);
  const size = await norm(space, part);
  space.release(root);
  space.release(part);
  return size;
}

const NO_STEP: OwnStep = {
  ...{ quadratic: Number.NaN, descent: Number.NaN, square: Number.NaN },
  ...{ quadraticError: Number.NaN, descentError: Number.NaN, off: Number.NaN, products: 0 },
};

/** The quotient. There is none where the step does not go down the slope, or where rounding hides it. */
async function quotient(view: LossView, context: MeasureContext): Promise<Reading> {
  const along = await alongOwnStep(view, context);
  const { quadratic, descent, quadraticError, descentError, products } = along;
  if (!(descent > descentError)) return { ...NOT_FINITE, products };
  const value = quadratic / descent;
  const errorBound = (quadraticError + Math.abs(value) * descentError) / (descent - descentError);
  const { learningRate } = context.problem.update!;
  const sharpness = { value: value / learningRate, errorBound: errorBound / learningRate };
  return { value, errorBound, products, status: "exact", parts: { sharpness } };
}

/**
 * Generalised batch sharpness E_B[s_BᵀH_B s_B / (−g_Bᵀs_B)], s_B the step that the optimizer would make on
 * the batch, with momentum, preconditioner and decay as they stand. At 2 the terms of first and second order
 * of L_B(θ + s_B) − L_B(θ) cancel, whatever the optimizer: an iterate that swings from one side of a valley
 * to the other, s = −2x, has just this. For plain SGD it is η times `batch-sharpness`. Part `sharpness`: the
 * same over η, with momentum dᵀH_B d/(g_Bᵀd), d = μv + g_B.
 *
 * It has no value where the step of a batch goes up the slope of its own loss, as momentum may: the mean of
 * such quotients need not exist. `generalised-batch-sharpness-ratio` has one.
 *
 * Standard error over batches; error bound: rounding of step, gradient and product.
 */
export const generalisedBatchSharpness: BatchQuantity = {
  name: "generalised-batch-sharpness",
  description:
    "curvature of batches along the optimizer's own step, over its descent: 2 at the edge",
  over: "batches",
  unit: "none",
  matrix: "own-step",
  needs: ["update"],
  reads: ["tolerance"],
  cost: "one product a batch, in all coordinates",
  sample: quotient,
};

/**
 * E_B[s_BᵀH_B s_B] / E_B[−g_Bᵀs_B], the ratio of means: at 2 the mean over batches of the change
 * L_B(θ + s_B) − L_B(θ) is 0 to second order. It bears single batches whose step goes up their slope; it
 * has no value where steps go up on average. Standard error by the delta method, see `ratioOfMeans`.
 */
export const generalisedBatchSharpnessRatio: BatchQuantity = {
  name: "generalised-batch-sharpness-ratio",
  description: "mean curvature of batches along the optimizer's own step, over its mean descent",
  over: "batches",
  unit: "none",
  matrix: "own-step",
  needs: ["update"],
  reads: ["tolerance"],
  cost: "one product a batch, none where generalised-batch-sharpness is measured too",
  async sample(batch, context) {
    const along = await alongOwnStep(batch, context);
    if (Number.isNaN(along.quadratic)) return { ...NOT_FINITE, products: along.products };
    return {
      value: along.quadratic,
      denominator: along.descent,
      errorBound: along.quadraticError,
      products: along.products,
      status: "exact",
    };
  },
};

/**
 * sᵀHs / (−gᵀs) of the whole loss, s the step that the optimizer would make with the gradient of all samples:
 * at 2 the whole loss stays the same to second order. Part `sharpness`: the same over η. No value where s
 * goes up the slope. Exact but for rounding.
 */
export const generalisedStepSharpness: SingleQuantity = {
  name: "generalised-step-sharpness",
  description:
    "curvature of the whole loss along the optimizer's full-batch step, over its descent",
  over: "full",
  unit: "none",
  matrix: "own-step",
  needs: ["update"],
  reads: [],
  cost: "one product over all samples",
  measure: quotient,
};

/** Off by more of itself, a step is no direction. */
const MOST_OFF = 0.1;

/** sᵀHs / ‖s‖². There is none where the optimizer does not move, or where rounding hides where to. */
async function rayleigh(view: LossView, context: MeasureContext): Promise<Reading> {
  const { quadratic, quadraticError, square, off, products } = await alongOwnStep(view, context);
  const relative = off / Math.sqrt(square);
  if (!(relative < MOST_OFF)) return { ...NOT_FINITE, products };
  const value = quadratic / square;
  const errorBound = quadraticError / square + 2 * relative * Math.abs(value);
  return { value, errorBound, products, status: "exact" };
}

/**
 * sᵀHs / ‖s‖² of the whole loss, s the step that the optimizer would make with the gradient of all samples:
 * the curvature in the direction of the update, between the smallest and the largest eigenvalue of H. For
 * plain SGD it is `step-sharpness`. A step size bounds it only together with the descent along s, which
 * `generalised-step-sharpness` has in it: it has no threshold of its own. Exact but for rounding.
 *
 * @see Pan, Li (2023), Toward understanding why Adam converges faster than SGD for transformers: directional
 *   sharpness
 */
export const updateSharpness: SingleQuantity = {
  name: "update-sharpness",
  description: "curvature of the whole loss along the optimizer's full-batch step",
  over: "full",
  unit: "curvature",
  needs: ["update"],
  reads: [],
  cost: "one product over all samples, none where generalised-step-sharpness is measured too",
  measure: rayleigh,
};

/**
 * E_B[s_BᵀH_B s_B / ‖s_B‖²], s_B the step that the optimizer would make on the batch: its mean curvature in
 * the direction of the update. For plain SGD it is `batch-sharpness`. Standard error over batches; error
 * bound: rounding.
 */
export const batchUpdateSharpness: BatchQuantity = {
  name: "batch-update-sharpness",
  description: "mean over batches of the curvature along the optimizer's own step",
  over: "batches",
  unit: "curvature",
  needs: ["update"],
  reads: ["tolerance"],
  cost: "one product a batch, none where generalised-batch-sharpness is measured too",
  sample: rayleigh,
};
