import { float32, hutchPlusPlus } from "@eoss/eigen";
import type { LossView } from "../loss/lossView.js";
import { PRODUCT_ERROR } from "../loss/rounding.js";
import {
  type MeasureContext,
  NOT_FINITE,
  type Reading,
  type SingleQuantity,
} from "../registry/quantity.js";

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
  cost: "60 to 300 products over all samples",
  measure(view, context) {
    if (!view.isFinite()) return NOT_FINITE;
    return view.hessian().n <= SMALL ? exactTrace(view, context) : estimatedTrace(view, context);
  },
};

async function exactTrace(view: LossView, { pause }: MeasureContext): Promise<Reading> {
  const hessian = view.hessian();
  const unit = new Float64Array(hessian.n);
  const column = new Float64Array(hessian.n);
  let value = 0;
  let size = 0;
  for (let i = 0; i < hessian.n; i++) {
    unit.fill(0)[i] = 1;
    hessian.apply(unit, column);
    await pause();
    value += column[i]!;
    size += Math.abs(column[i]!);
  }
  return { value, errorBound: PRODUCT_ERROR * size, products: hessian.n, status: "exact" };
}

async function estimatedTrace(
  view: LossView,
  { tolerance, stream, pause }: MeasureContext,
): Promise<Reading> {
  const hessian = view.hessian();
  const operator = {
    n: hessian.n,
    async apply(x: Float32Array, out: Float32Array) {
      hessian.apply(x, out);
      await pause();
    },
  };
  let products = 0;
  for (const [attempt, matvecs] of ATTEMPTS.entries()) {
    const seed = stream.uint32At(attempt);
    const estimate = await hutchPlusPlus({ matvecs, seed, space: float32() })(operator);
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
