import type { LossView } from "../loss/lossView.js";
import { difference, multiply, norm, type Vector } from "../loss/space.js";
import type { MeasureContext, Reading, SingleQuantity } from "../registry/quantity.js";
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
  reads: ["tolerance", "top", "certify"],
  cost: "15 to 35 products over all samples, and those of fullbs",
  async measure(view, context) {
    const slope = await sharpnessSlope(view, context);
    if ("value" in slope) return slope;
    const { space } = view;
    const { u, fine, coarse, release, errorKind, products, status } = slope;
    const g = await view.gradient();
    const growths = [-(await space.dot(g, fine)), -(await space.dot(g, coarse))] as const;
    const values = [await space.dot(u, fine), await space.dot(u, coarse)] as const;
    const sizes = [await norm(space, fine), await norm(space, coarse)] as const;
    const length = await norm(space, g);
    release();
    return {
      value: values[0],
      errorBound: slope.boundOf(...values, 1),
      errorKind,
      products,
      status,
      parts: {
        "gradient-norm": { value: sizes[0], errorBound: slope.boundOf(...sizes, 1) },
        "progressive-sharpening": {
          value: growths[0],
          errorBound: slope.boundOf(...growths, length),
        },
      },
    };
  },
};

/** ∇λmax of the whole loss, and what it rests on. */
export interface SharpnessSlope extends Pick<Reading, "errorKind" | "products" | "status"> {
  /** λmax */
  readonly sharpness: number;
  /** The top eigenvector, with gᵀu ≥ 0. */
  readonly u: Vector;
  /** ∇λmax by differences of ε, and of 2ε. */
  readonly fine: Vector;
  readonly coarse: Vector;
  /** Sine of the angle by which u may be off. */
  readonly sine: number;
  /** Below which all other eigenvalues are, with a probability of 99.9 %; undefined with `certify: false`. */
  readonly rest?: number | undefined;
  /** Bound on the error of x·∇λmax from its values by both differences. @param length ‖x‖ */
  boundOf(fine: number, coarse: number, length: number): number;
  release(): void;
}

/** What `third-order` is made of; a reading where there is no top eigenvector. */
export async function sharpnessSlope(
  view: LossView,
  context: MeasureContext,
): Promise<SharpnessSlope | Reading> {
  const { pause } = context;
  const top = await view.top("hessian");
  const { value: sharpness, status } = top;
  const [found] = top.vectors;
  if (found === undefined) return { value: Number.NaN, products: top.products, status };
  const angle = await certifiedAngle(view, "hessian", top, context);
  const { space } = view;
  const sign = (await space.dot(await view.gradient(), found)) < 0 ? -1 : 1;
  const u = space.scale(sign, space.copy(found));
  const epsilon = STEP * (await norm(space, await view.parameters()));
  const fine = await sharpnessGradient(view, u, epsilon);
  await pause();
  const coarse = await sharpnessGradient(view, u, 2 * epsilon);
  await pause();
  const rounding = (ROUNDING * Math.abs(sharpness)) / epsilon;
  const size = await norm(space, fine);
  return {
    ...{ sharpness, u, fine, coarse, status, sine: angle.sine, rest: angle.rest },
    errorKind: angle.errorKind,
    products: top.products + angle.products + 4,
    boundOf: (near, far, length) =>
      Math.abs(near - far) + length * (rounding + 3 * angle.sine * size),
    release: () => {
      for (const vector of [u, fine, coarse]) space.release(vector);
    },
  };
}

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
