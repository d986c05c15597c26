// Sharpness in the norms of other optimizers than gradient descent.
import type { LossView } from "../loss/lossView.js";
import {
  type MeasureContext,
  NOT_FINITE,
  type Reading,
  type SingleQuantity,
} from "../registry/quantity.js";
import { maxBall, type NormBall, spectralBall } from "../search/normBalls.js";
import { normSharpness } from "../search/normSharpness.js";

async function sharpnessIn(
  ballOf: (view: LossView) => NormBall,
  view: LossView,
  context: MeasureContext,
): Promise<Reading> {
  const top = await view.top("hessian");
  const [vector] = top.vectors;
  if (vector === undefined) return { ...NOT_FINITE, products: top.products };
  const { space } = view;
  if (space.entries === undefined) {
    throw new RangeError(
      "sharpness in another norm cannot be measured: the engine does not give the entries of its vectors",
    );
  }
  const gradient = Float64Array.from(await space.entries(await view.gradient()));
  const direction = Float64Array.from(await space.entries(vector));
  const ball = ballOf(view);
  // A unit vector is in both balls, so that neither sharpness is below λmax.
  const starts = [direction, gradient];
  const found = await normSharpness(view.hessian(), ball, starts, top.value, context);
  const { lower, upper, errorKind } = found;
  return {
    value: lower,
    errorBound: upper - lower,
    errorKind,
    products: top.products + found.products,
    status: top.status,
    parts: { "dual-norm": { value: ball.dual(gradient) } },
  };
}

const COST =
  "150 to 350 products over all samples, and those of fullbs; entries of vectors are read back";

/**
 * Sharpness in the max norm, max dᵀHd over |d_i| ≤ 1: what limits steps along the signs of the gradient. Steps
 * −η‖g‖₁·sign(g) have the limit 2/η on it, hence steps −η·sign(g) the limit 2‖g‖₁/η, which moves with the
 * gradient. Part `dual-norm`: ‖g‖₁.
 *
 * Its exact value is NP-hard to find. The value is a lower bound, by local search, and at least λmax; error bound: the gap to an
 * upper bound by duality, which holds with a probability of 99.9 %. Where H is positive, the best such bound is
 * at most π/2 times the truth. See `normSharpness` for both.
 *
 * @see arXiv 2603.05002, Non-Euclidean gradient descent operates at the edge of stability
 */
export const maxNormSharpness: SingleQuantity = {
  name: "max-norm-sharpness",
  description: "largest curvature of the whole loss over |d_i| ≤ 1, the norm of sign descent",
  over: "full",
  unit: "curvature",
  needs: [],
  reads: ["tolerance", "top", "certify"],
  cost: COST,
  measure: (view, context) => sharpnessIn(() => maxBall, view, context),
};

/**
 * Sharpness in the spectral norm, max dᵀHd over ‖D_l‖₂ ≤ 1, D_l the matrix [inputs, outputs] of each parameter
 * tensor: what limits the steps of spectral descent and of Muon without momentum. The steps of length η that
 * they make have the limit 2‖g‖* over η. Part `dual-norm`: ‖g‖*, the sum of the singular values of all G_l.
 *
 * The value is a lower bound, by local search, and at least λmax; error bound: the gap to an upper bound by duality, with a
 * probability of 99.9 %, see `normSharpness`. Of tensors that are one row it is the length, so that for a
 * single bias it is λmax. The gap is wide: on digits the upper bound was 3 to 5 times the lower one.
 *
 * @see arXiv 2603.05002, Non-Euclidean gradient descent operates at the edge of stability
 */
export const spectralNormSharpness: SingleQuantity = {
  name: "spectral-norm-sharpness",
  description: "largest curvature of the whole loss over matrices of spectral norm 1, that of Muon",
  over: "full",
  unit: "curvature",
  needs: ["shapes"],
  reads: ["tolerance", "top", "certify"],
  cost: `${COST}; time of the short side of a matrix to the third, for each`,
  measure: (view, context) => sharpnessIn((own) => spectralBall(own.shapes()), view, context),
};
