// How far a gradient may be off.
import { stream } from "@eoss/rng";
import type { EngineView } from "./engine.js";
import { PRODUCT_ERROR } from "./rounding.js";
import { multiply, norm } from "./space.js";

/** ε of float32, with room: by so much of itself rounding may seem to move each parameter. */
const BACKWARD_ERROR = 1e-6;

/**
 * Bound on the rounding of the gradient of a loss:
 *
 *   10⁻⁴·‖g‖ + ε·‖H(s∘θ)‖,   s random signs
 *
 * What is rounded in each layer is the exact gradient at parameters that are off by ε of themselves, which
 * moves it by H·δθ. This part does not become small where the terms of the gradient cancel. Costs a product.
 */
export async function gradientRounding<V>(view: EngineView<V>): Promise<number> {
  const { space } = view;
  const signed = await view.signedParameters(stream(0, "rounding"));
  const image = await multiply(view.curvature("hessian"), signed);
  const bound =
    PRODUCT_ERROR * (await norm(space, await view.gradient())) +
    BACKWARD_ERROR * (await norm(space, image));
  space.release(signed);
  space.release(image);
  return bound;
}
