// How the sharpness changes with steps across its own eigenvector.
import type { LossView } from "../loss/lossView.js";
import { norm } from "../loss/space.js";
import type { SharpnessSlope } from "./thirdOrder.js";

interface Bounded {
  readonly value: number;
  readonly errorBound: number;
}

/**
 * α = −g·∇λmax, by which sharpness grows along the flow, and β = ‖∇λmax‖², both without their parts along the
 * top eigenvector u. Error bounds: those of ∇λmax and u.
 */
export async function slopesAcross(
  view: LossView,
  { u, fine, coarse, sine, boundOf }: SharpnessSlope,
): Promise<{ readonly alpha: Bounded; readonly beta: Bounded }> {
  const { space } = view;
  const g = await view.gradient();
  const [along, length] = [await space.dot(g, u), await norm(space, g)];
  const across = async (slope: typeof fine) => {
    const part = await space.dot(slope, u);
    return {
      alpha: -(await space.dot(g, slope)) + along * part,
      beta: (await space.dot(slope, slope)) - part ** 2,
    };
  };
  const [near, far] = [await across(fine), await across(coarse)];
  const width = Math.sqrt(Math.max(0, near.beta));
  return {
    alpha: {
      value: near.alpha,
      errorBound: boundOf(near.alpha, far.alpha, length) + 2 * sine * length * width,
    },
    beta: { value: near.beta, errorBound: boundOf(near.beta, far.beta, 2 * width) },
  };
}
