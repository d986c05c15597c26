import { flatten } from "@eoss/hvp";
import type { LossView } from "../loss/lossView.js";
import { dot, norm } from "../loss/vectors.js";
import type { SingleQuantity } from "../registry/quantity.js";
import { certifiedAngle } from "../search/certifiedAngle.js";

/**
 * Length of the step of the differences, relative to ‖θ‖. The product's rounding, 1e-6 of λmax, is
 * divided by it; its square is what the differences neglect.
 */
const STEP = 2e-3;
/** Rounding of a float32 product, relative to λmax. */
const ROUNDING = 1e-6;

/**
 * u·∇λmax = ∇³L(u, u, u), how fast FullBS changes along its own eigenvector u: the cubic term behind
 * self-stabilisation (Damian, Nichani & Lee 2023). u points so that gᵀu ≥ 0, up the slope.
 *
 * ∇λmax = ∇³L(u, u, ·) is the central difference (H(θ + εu)u − H(θ − εu)u)/2ε, ε = 0.002·‖θ‖. Parts:
 * `gradient-norm`, ‖∇λmax‖; `progressive-sharpening`, −g·∇λmax, by which λmax grows for each unit of η
 * along the gradient flow.
 *
 * Error bounds: the change from ε to 2ε, of which the neglected term is a third; rounding of the products;
 * and, as u is off by at most the eigenpair's angle α, 3·sin α·‖∇λmax‖. They hold for smooth losses; for a
 * ReLU network the difference is the mean over the kinks that it crosses.
 */
export const thirdOrder: SingleQuantity = {
  name: "third-order",
  description: "slope of the full-batch sharpness along its top eigenvector",
  over: "full",
  unit: "curvature-slope",
  needs: [],
  cost: "15 to 35 products over all samples, and those of fullbs",
  async measure(view, context) {
    const { pause } = context;
    const top = await view.top("hessian");
    const { value: sharpness, status } = top;
    const [found] = top.vectors;
    if (found === undefined) return { value: Number.NaN, products: top.products, status };
    const angle = await certifiedAngle(view, "hessian", top, context);
    const g = view.gradient();
    const sign = dot(g, found) < 0 ? -1 : 1;
    const u = Float64Array.from(found, (x) => sign * x);
    const epsilon = STEP * norm(flatten(view.params, new Float64Array(view.dimension)));
    const slope = sharpnessGradient(view, u, epsilon);
    await pause();
    const coarse = sharpnessGradient(view, u, 2 * epsilon);
    await pause();
    const rounding = (ROUNDING * Math.abs(sharpness)) / epsilon;
    const size = norm(slope);
    const boundOf = (fine: number, rough: number, length: number) =>
      Math.abs(fine - rough) + length * (rounding + 3 * angle.sine * size);
    const value = dot(u, slope);
    const growth = -dot(g, slope);
    return {
      value,
      errorBound: boundOf(value, dot(u, coarse), 1),
      errorKind: angle.errorKind,
      products: top.products + angle.products + 4,
      status,
      parts: {
        "gradient-norm": { value: size, errorBound: boundOf(size, norm(coarse), 1) },
        "progressive-sharpening": {
          value: growth,
          errorBound: boundOf(growth, -dot(g, coarse), norm(g)),
        },
      },
    };
  },
};

/** ∇³L(u, u, ·), by a central difference of H·u along u. */
function sharpnessGradient(view: LossView, u: Float64Array, epsilon: number): Float64Array {
  const [ahead, behind] = [epsilon, -epsilon].map((step) => {
    const moved = view.shifted(u.map((x) => step * x));
    const product = new Float64Array(u.length);
    moved.hessian().apply(u, product);
    moved.dispose();
    return product;
  });
  return ahead!.map((x, i) => (x - behind![i]!) / (2 * epsilon));
}
