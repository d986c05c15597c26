import type { LossView } from "../loss/lossView.js";
import type { Problem } from "../loss/problem.js";
import { preconditionerOf } from "../tfjs/updateRule.js";
import type { EigenSearch, TopPairs } from "./solveTop.js";
import { topPairs } from "./topPairs.js";

/**
 * λmax(P^(−½)(H + w·I)P^(−½)) with the preconditioner P of the update rule, which is what its stability
 * depends on; λmax(H) for rules without. Needs the Hessian over all d parameters.
 *
 * @param decay w, of a weight decay that acts through the gradient; default 0
 * @returns undefined before the first update of a rule that takes P from its updates
 */
export async function topPreconditioned(
  view: LossView,
  { update }: Problem,
  search: EigenSearch,
  { start, decay = 0 }: { start?: Float32Array | undefined; decay?: number } = {},
): Promise<TopPairs | undefined> {
  const preconditioner = preconditionerOf(update!);
  if (preconditioner === "not yet") return undefined;
  if (preconditioner === undefined) {
    const top = await view.top("hessian");
    return { ...top, value: top.value + decay, values: top.values.map((value) => value + decay) };
  }
  const hessian = view.hessian();
  if (!view.isFinite()) return view.top("hessian");
  const scale = preconditioner.map((p) => 1 / Math.sqrt(p));
  const scaled = new Float32Array(hessian.n);
  const operator = {
    n: hessian.n,
    apply(x: Float32Array, out: Float32Array) {
      for (let i = 0; i < scaled.length; i++) scaled[i] = scale[i]! * x[i]!;
      hessian.apply(scaled, out);
      for (let i = 0; i < out.length; i++) out[i] = scale[i]! * (out[i]! + decay * scaled[i]!);
    },
  };
  return topPairs(operator, start === undefined ? [] : [start], search);
}
