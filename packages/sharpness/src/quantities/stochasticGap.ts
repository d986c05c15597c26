import { PRODUCT_ERROR } from "../loss/rounding.js";
import { multiply, norm } from "../loss/space.js";
import { NOT_FINITE, type SingleQuantity } from "../registry/quantity.js";
import { covarianceScale, outputsOfSample } from "./gradientNoise.js";
import { slopesAcross } from "./slopesAcross.js";
import { sharpnessSlope } from "./thirdOrder.js";

/**
 * How far below 2/η noise is predicted to hold FullBS, for plain SGD:
 *
 *   ΔS = η·β·σ_u² / (4α)
 *
 * with u the top eigenvector, σ_u² = uᵀ(Cov g_B)u, and ∇λmax, g without their parts along u:
 * α = −g·∇λmax, by which sharpness grows along the flow, and β = ‖∇λmax‖². It follows from two lines. At
 * sharpness S = 2/η − ΔS the iterate swings along u with variance E[x²] = η²σ_u²/(1 − (1 − ηS)²) ≈
 * ησ_u²/(2ΔS). And sharpness stands still, dS/dt = α − β·E[x²]/2 = 0, where E[x²] = 2α/β.
 *
 * Parts: `alpha`, `beta`, `variance` (σ_u²), and `sharpness`, the prediction 2/η − ΔS to hold beside FullBS. It
 * is one of the leading order: for ΔS well below 2/η, one eigenvalue at the edge, a smooth loss. No value
 * where α ≤ 0 (nothing drives sharpness up) or an error bound of α or β is as large as itself.
 *
 * Error bounds: those of ∇λmax and u as in `third-order`, carried through.
 *
 * @see Damian, Nichani, Lee (2023), Self-stabilization, for the second line; arXiv 2604.21016 for the gap
 */
export const stochasticGap: SingleQuantity = {
  name: "stochastic-gap",
  description: "predicted distance of the full-batch sharpness below 2/η, from noise and slopes",
  over: "full",
  unit: "curvature",
  needs: ["outputs", "independent-samples", "learning-rate"],
  reads: ["tolerance", "top", "certify"],
  cost: "those of third-order, and one product with the empirical Fisher matrix",
  async measure(view, context) {
    const { problem } = context;
    const { learningRate: eta } = problem.update!;
    await outputsOfSample(view, "stochastic-gap");
    const slope = await sharpnessSlope(view, context);
    if ("value" in slope) return slope;
    const { space } = view;
    const { u, sine } = slope;
    const g = await view.gradient();
    const [along, length] = [await space.dot(g, u), await norm(space, g)];
    const image = await multiply(view.curvature("empirical-fisher"), u);
    const moment = await space.dot(u, image);
    const size = await norm(space, image);
    space.release(image);
    const scale = covarianceScale(problem);
    const variance = scale * (moment - along ** 2);
    // u turns by at most the angle; both terms are rounded.
    const varianceError =
      scale * ((2 * sine + PRODUCT_ERROR) * size + (2 * sine + 2 * PRODUCT_ERROR) * length ** 2);
    const slopes = await slopesAcross(view, slope);
    slope.release();
    const ingredients = { ...slopes, variance: { value: variance, errorBound: varianceError } };
    const { value: alpha, errorBound: alphaError } = slopes.alpha;
    const { value: beta, errorBound: betaError } = slopes.beta;
    const { errorKind } = slope;
    const products = slope.products + 1;
    if (!(alpha > alphaError && beta > betaError)) {
      return { ...NOT_FINITE, errorKind, products, parts: ingredients };
    }
    const value = (eta * beta * variance) / (4 * alpha);
    const most =
      (eta * (beta + betaError) * (Math.abs(variance) + varianceError)) /
      (4 * (alpha - alphaError));
    const errorBound = most - Math.abs(value);
    const sharpness = { value: 2 / eta - value, errorBound };
    const { status } = slope;
    const parts = { ...ingredients, sharpness };
    return { value, errorBound, errorKind, products, status, parts };
  },
};
