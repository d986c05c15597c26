// The swing of gradient descent across the valley at the edge of stability: as predicted, and as it is.
import type { LossView } from "../loss/lossView.js";
import { PRODUCT_ERROR } from "../loss/rounding.js";
import { multiply, norm } from "../loss/space.js";
import {
  type MeasureContext,
  NOT_FINITE,
  type Parts,
  type Reading,
  type SingleQuantity,
} from "../registry/quantity.js";
import { certifiedAngle } from "../search/certifiedAngle.js";
import { slopesAcross } from "./slopesAcross.js";
import { sharpnessSlope } from "./thirdOrder.js";

/**
 * Root mean square σ of the swing of gradient descent along the top eigenvector u, as the central flow has it:
 *
 *   σ² = 2α/β,  α = −∇L·∇λmax,  β = ‖∇λmax‖²,  both without their parts along u
 *
 * The mean path follows dθ/dt = −η(∇L + σ²/2·∇λmax), and σ² is what keeps λmax at 2/η: dλmax/dt = 0. A swing x
 * changes the slopes at the iterate by what is sought: there α is less by β·x²/2, which is 0 on average.
 * They are measured at the bottom of the valley, θ − x·u with x = uᵀg/λmax. Hold it beside the mean over steps
 * of part `variance` of `oscillation-amplitude`; parts `variance` (σ²), `alpha`, `beta`, and `rest`, below which
 * all other eigenvalues are, with a probability of 99.9 %.
 *
 * It is of one eigenvalue at its edge, full batch, plain gradient descent. No value for other steps, nor where
 * λmax at the bottom is below 2/η, where another eigenvalue may be above it (`rest`), where α ≤ 0, or where an
 * error bound of α or β is as large as itself. Nor with `certify: false`: then nothing is known of the others.
 *
 * Error bounds: those of ∇λmax and u as in `third-order`, carried through; not of the theory, which is of the
 * leading order in σ, nor of where the bottom is.
 *
 * @see Cohen, Damian, Talwalkar, Kolter, Lee (2024), arXiv 2410.24206, for the flow; Damian, Nichani, Lee (2023),
 *   arXiv 2209.15594, for α and β
 */
export const centralFlowAmplitude: SingleQuantity = {
  name: "central-flow-amplitude",
  description: "predicted swing of gradient descent along the top eigenvector at its edge",
  over: "full",
  unit: "parameters",
  needs: ["update"],
  reads: ["tolerance", "top", "certify"],
  cost: "those of fullbs, and those of third-order at the bottom of the valley",
  async measure(view, context) {
    const { samples, batchSize, update } = context.problem;
    const top = await view.top("hessian");
    const [u] = top.vectors;
    if (u === undefined || batchSize < samples || !(await isPlain(view))) {
      return { ...NOT_FINITE, products: top.products };
    }
    const x = (await view.space.dot(await view.gradient(), u)) / top.value;
    const bottom = view.shifted(u, -x);
    try {
      const found = await flowAt(bottom, 2 / update!.learningRate, context);
      return { ...found, products: found.products + top.products };
    } finally {
      bottom.dispose();
    }
  },
};

/** σ from the slopes of the loss and of its sharpness at one point. @param edge 2/η */
async function flowAt(view: LossView, edge: number, context: MeasureContext): Promise<Reading> {
  const slope = await sharpnessSlope(view, context);
  if ("value" in slope) return slope;
  const { sharpness, rest, errorKind, products, status } = slope;
  const { alpha, beta } = await slopesAcross(view, slope);
  slope.release();
  const parts: Parts = {
    alpha,
    beta,
    ...(rest !== undefined && { rest: { value: rest } }),
  };
  const isOne = rest !== undefined && rest < edge && sharpness >= edge;
  if (!(isOne && alpha.value > alpha.errorBound && beta.value > beta.errorBound)) {
    return { ...NOT_FINITE, errorKind, products, parts };
  }
  const variance = (2 * alpha.value) / beta.value;
  const most = (2 * (alpha.value + alpha.errorBound)) / (beta.value - beta.errorBound);
  const value = Math.sqrt(variance);
  return {
    value,
    errorBound: Math.sqrt(most) - value,
    ...{ errorKind, products, status },
    parts: { variance: { value: variance, errorBound: most - variance }, ...parts },
  };
}

/** θ ← θ − ηg, by the step itself. */
async function isPlain(view: LossView): Promise<boolean> {
  const { space } = view;
  const gradient = await view.gradient();
  const direction = await view.updateDirection(gradient);
  const other = space.axpy(1, gradient, direction);
  const size = await norm(space, other);
  space.release(other);
  return size <= PRODUCT_ERROR * (await norm(space, gradient));
}

/**
 * How far the iterate is from the bottom of the valley along the top eigenvector u: |x|, x = uᵀg/λmax, exact
 * where the loss along u is a parabola. Part `variance`: x², whose mean over the steps of a run at the edge is
 * what `central-flow-amplitude` predicts.
 *
 * Error bound: the angle by which u may be off, with a probability of 99.9 %, the rounding of g, and the error
 * of λmax. No value where λmax is not above its own error.
 */
export const oscillationAmplitude: SingleQuantity = {
  name: "oscillation-amplitude",
  description: "distance from the bottom of the valley along the top eigenvector of the whole loss",
  over: "full",
  unit: "parameters",
  needs: [],
  reads: ["tolerance", "top", "certify"],
  cost: "two products over all samples, 10 to 30 to certify the direction, and those of fullbs",
  async measure(view, context) {
    const top = await view.top("hessian");
    const [u] = top.vectors;
    if (u === undefined) return { ...NOT_FINITE, products: top.products };
    const angle = await certifiedAngle(view, "hessian", top, context);
    const rounding = await view.gradientRounding();
    const { space } = view;
    const gradient = await view.gradient();
    const image = await multiply(view.hessian(), u);
    const curvature = await space.dot(u, image);
    // A Rayleigh quotient is off by the square of the angle, at most 2‖H‖ of it, and by rounding.
    const size = await norm(space, image);
    space.release(image);
    const curvatureError = (2 * angle.sine ** 2 + PRODUCT_ERROR) * size + (top.errorBound ?? 0);
    const products = top.products + angle.products + rounding.products + 1;
    if (!(curvature > curvatureError)) return { ...NOT_FINITE, products };
    const along = Math.abs(await space.dot(gradient, u));
    const alongError =
      (angle.sine + PRODUCT_ERROR) * (await norm(space, gradient)) + rounding.bound;
    const value = along / curvature;
    const errorBound = (alongError + value * curvatureError) / (curvature - curvatureError);
    const variance = { value: value ** 2, errorBound: (2 * value + errorBound) * errorBound };
    const { errorKind } = angle;
    return { value, errorBound, errorKind, products, status: top.status, parts: { variance } };
  },
};
