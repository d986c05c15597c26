import { hutchPlusPlus } from "@eoss/eigen";
import type { LossView } from "../loss/lossView.js";
import { PRODUCT_ERROR } from "../loss/rounding.js";
import { multiply, solversOf } from "../loss/space.js";
import {
  type MeasureContext,
  NOT_FINITE,
  type Reading,
  type SingleQuantity,
} from "../registry/quantity.js";
import { withPauses } from "../search/solveTop.js";

/** Up to so many parameters the trace is summed over all of them. */
const SMALL = 64;
/** Products of the estimates: the next is made while the standard error is too large. */
const ATTEMPTS = [60, 240];

/**
 * tr H of the whole loss, the sum of all curvatures: by Hutch++ (Meyer, Musco, Musco & Woodruff 2021),
 * unbiased, with the standard error of its random vectors; up to 64 parameters exactly, from the
 * diagonal. It does not depend on the batch size: E_B[tr H_B] = tr H.
 */
export const trace: SingleQuantity = {
  name: "trace",
  description: "trace of the Hessian of the whole loss",
  over: "full",
  unit: "curvature",
  needs: [],
  reads: ["tolerance"],
  cost: "60 to 300 products over all samples",
  async measure(view, context) {
    if (!(await view.isFinite())) return NOT_FINITE;
    return view.dimension <= SMALL ? exactTrace(view, context) : estimatedTrace(view, context);
  },
};

async function exactTrace(view: LossView, { pause }: MeasureContext): Promise<Reading> {
  const hessian = view.hessian();
  const { n, space } = hessian;
  let value = 0;
  let size = 0;
  for (let i = 0; i < n; i++) {
    const unit = space.from(new Float64Array(n).fill(1, i, i + 1));
    const column = await multiply(hessian, unit);
    await pause();
    const entry = await space.dot(unit, column);
    space.release(unit);
    space.release(column);
    value += entry;
    size += Math.abs(entry);
  }
  return { value, errorBound: PRODUCT_ERROR * size, products: n, status: "exact" };
}

async function estimatedTrace(
  view: LossView,
  { tolerance, stream, pause }: MeasureContext,
): Promise<Reading> {
  const hessian = view.hessian();
  const operator = withPauses(hessian, pause);
  const space = solversOf(hessian.space);
  let products = 0;
  for (const [attempt, matvecs] of ATTEMPTS.entries()) {
    const seed = stream.uint32At(attempt);
    const estimate = await hutchPlusPlus({ matvecs, seed, space })(operator);
    const { value, standardError, error: margin } = estimate;
    products += estimate.matvecs;
    const enough = standardError <= tolerance * Math.abs(value);
    if (enough || attempt === ATTEMPTS.length - 1) {
      const status = enough ? "converged" : "budget-spent";
      return { value, standardError, margin, products, status };
    }
  }
  throw new Error("unreachable: the last attempt is always taken");
}
