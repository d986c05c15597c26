// By how much the direction of a top eigenvector may be off.
import type { CurvatureKind } from "../loss/engine.js";
import type { LossView } from "../loss/lossView.js";
import type { Operator, Vector } from "../loss/space.js";
import type { EigenSearch, TopPairs } from "./eigenSearch.js";
import type { ErrorKind } from "./errorKind.js";
import { topPairs } from "./topPairs.js";

/** By how much the direction of a top eigenvector may be off. */
export interface AngleBound {
  /** Sine of the angle, at most; 1 where no single direction is known. */
  readonly sine: number;
  readonly errorKind?: ErrorKind;
  readonly products: number;
}

/**
 * The angle between the vector u that was found for λmax of a matrix A and its eigenvector q:
 *
 *   sin ∠(u, q) ≤ ‖Au − θu‖/(θ − μ),   λ₂ ≤ λmax(A − |θ|·uuᵀ) ≤ μ with a probability of 99.9 %
 *
 * by Davis and Kahan's theorem and by interlacing, which holds whatever u is. A search with one start sees
 * nothing of a repeated eigenvalue: without the second search a direction would be given where there is
 * none. With `certify: false` it is the angle bound of the search, which assumes that nothing was missed.
 *
 * @param found what `view.top(kind)` gave
 */
export async function certifiedAngle(
  view: LossView,
  kind: CurvatureKind,
  found: TopPairs<Vector>,
  search: Pick<EigenSearch, "tolerance" | "stream" | "pause" | "certify">,
): Promise<AngleBound> {
  const [u] = found.vectors;
  if (u === undefined) return { sine: 1, products: 0 };
  if (search.certify === false) {
    return { sine: found.angleBound, errorKind: "assumed", products: 0 };
  }
  const { value: theta, residual } = found;
  const matrix = view.curvature(kind);
  const { n, space } = matrix;
  const deflated: Operator<Vector> = {
    n,
    space,
    async apply(x, out) {
      const product = (await matrix.apply(x, out)) ?? out;
      return space.axpy(-Math.abs(theta) * (await space.dot(u, x)), u, product);
    },
  };
  const { tolerance, stream, pause } = search;
  const second = await topPairs(deflated, [], { tolerance, stream, pause });
  for (const vector of second.vectors) space.release(vector);
  const gap = theta - second.value - second.errorBound!;
  const sine = gap > 0 ? Math.min(1, residual / gap) : 1;
  return { sine, products: second.products };
}
