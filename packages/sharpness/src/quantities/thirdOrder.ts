import type { LossView } from "../loss/lossView.js";
import { difference, multiply, norm, type Vector } from "../loss/space.js";
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
    const { space } = view;
    const g = await view.gradient();
    const sign = (await space.dot(g, found)) < 0 ? -1 : 1;
    const u = space.scale(sign, space.copy(found));
    const epsilon = STEP * (await norm(space, await view.parameters()));
    const fine = await sharpnessGradient(view, u, epsilon);
    await pause();
    const coarse = await sharpnessGradient(view, u, 2 * epsilon);
    await pause();
    const rounding = (ROUNDING * Math.abs(sharpness)) / epsilon;
    const size = await norm(space, fine);
    const boundOf = (near: number, far: number, length: number) =>
      Math.abs(near - far) + length * (rounding + 3 * angle.sine * size);
    const value = await space.dot(u, fine);
    const growth = -(await space.dot(g, fine));
    const rough = {
      value: await space.dot(u, coarse),
      size: await norm(space, coarse),
      growth: -(await space.dot(g, coarse)),
    };
    const slope = await norm(space, g);
    for (const vector of [u, fine, coarse]) space.release(vector);
    return {
      value,
      errorBound: boundOf(value, rough.value, 1),
      errorKind: angle.errorKind,
      products: top.products + angle.products + 4,
      status,
      parts: {
        "gradient-norm": { value: size, errorBound: boundOf(size, rough.size, 1) },
        "progressive-sharpening": {
          value: growth,
          errorBound: boundOf(growth, rough.growth, slope),
        },
      },
    };
  },
};

/** ∇³L(u, u, ·), by a central difference of H·u along u. */
async function sharpnessGradient(view: LossView, u: Vector, epsilon: number): Promise<Vector> {
  const { space } = view;
  const productAt = async (step: number) => {
    const moved = view.shifted(u, step);
    try {
      return await multiply(moved.hessian(), u);
    } finally {
      moved.dispose();
    }
  };
  const ahead = await productAt(epsilon);
  const behind = await productAt(-epsilon);
  const change = difference(space, ahead, behind);
  space.release(ahead);
  space.release(behind);
  return space.scale(1 / (2 * epsilon), change);
}
