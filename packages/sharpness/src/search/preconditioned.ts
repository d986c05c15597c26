// The top eigenvalue that the stability of an adaptive optimizer depends on.
import type { LossView } from "../loss/lossView.js";
import type { Operator, Vector } from "../loss/space.js";
import { type EigenSearch, NO_PAIRS, type TopPairs } from "./eigenSearch.js";
import { topPairs } from "./topPairs.js";

/**
 * λmax(P^(−½)(H + w·I)P^(−½)) with the preconditioner P of the update rule, which is what its stability
 * depends on; λmax(H) + w for rules without. Needs the Hessian over all d parameters.
 *
 * @param decay w, of a weight decay that acts through the gradient; default 0
 * @returns undefined before the first update of a rule that takes P from its updates; of a rule without P,
 *   the vectors are the view's, else the caller's
 */
export async function topPreconditioned(
  view: LossView,
  search: EigenSearch,
  { start, decay = 0 }: { start?: Vector | undefined; decay?: number } = {},
): Promise<(TopPairs<Vector> & { readonly owned: boolean }) | undefined> {
  const preconditioner = await view.preconditioner();
  if (preconditioner === "not yet") return undefined;
  if (preconditioner === "identity") {
    const top = await view.top("hessian");
    const values = top.values.map((value) => value + decay);
    return { ...top, value: top.value + decay, values, owned: false };
  }
  if (!(await view.isFinite())) return { ...NO_PAIRS, owned: false };
  const hessian = view.hessian();
  const { n, space } = hessian;
  const operator: Operator<Vector> = {
    n,
    space,
    async apply(x, out) {
      const scaled = await preconditioner.inverseRoot(x);
      let product = (await hessian.apply(scaled, out)) ?? out;
      if (decay !== 0) product = space.axpy(decay, scaled, product);
      space.release(scaled);
      const result = await preconditioner.inverseRoot(product);
      if (product !== out) space.release(product);
      return result;
    },
  };
  const found = await topPairs(operator, start === undefined ? [] : [start], search);
  return { ...found, owned: true };
}
