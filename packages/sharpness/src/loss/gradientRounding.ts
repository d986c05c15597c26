import { flatten } from "@eoss/hvp";
import { stream } from "@eoss/rng";
import type { LossView } from "./lossView.js";
import { PRODUCT_ERROR } from "./rounding.js";
import { norm } from "./vectors.js";

/** ε of float32, with room: by so much of itself rounding may seem to move each parameter. */
const BACKWARD_ERROR = 1e-6;

const known = new WeakMap<LossView, number>();

/**
 * Bound on the rounding of the gradient of a loss:
 *
 *   10⁻⁴·‖g‖ + ε·‖H(s∘θ)‖,   s random signs
 *
 * What is rounded in each layer is the exact gradient at parameters that are off by ε of themselves, which
 * moves it by H·δθ. This part does not become small where the terms of the gradient cancel. Its product is
 * booked at the first call.
 */
export function gradientRounding(view: LossView): { bound: number; products: number } {
  const before = known.get(view);
  if (before !== undefined) return { bound: before, products: 0 };
  const theta = flatten(view.params, new Float64Array(view.dimension));
  const signs = stream(0, "rounding").signs(theta.length);
  const image = new Float64Array(theta.length);
  view.hessian().apply(
    theta.map((x, i) => x * signs[i]!),
    image,
  );
  const bound = PRODUCT_ERROR * norm(view.gradient()) + BACKWARD_ERROR * norm(image);
  known.set(view, bound);
  return { bound, products: 1 };
}
