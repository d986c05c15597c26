import type { CurvatureKind, LossView } from "../loss/lossView.js";
import { dot } from "../loss/vectors.js";
import type { ErrorKind } from "./errorKind.js";
import type { EigenSearch, TopPairs } from "./solveTop.js";
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
  found: TopPairs,
  search: Pick<EigenSearch, "tolerance" | "stream" | "pause" | "certify">,
): Promise<AngleBound> {
  const [u] = found.vectors;
  if (u === undefined) return { sine: 1, products: 0 };
  if (search.certify === false) {
    return { sine: found.angleBound, errorKind: "assumed", products: 0 };
  }
  const { value: theta, residual } = found;
  const { n, apply } = view.curvature(kind);
  const deflated = {
    n,
    apply(x: Float32Array, out: Float32Array) {
      apply(x, out);
      const along = Math.abs(theta) * dot(u, x);
      for (let i = 0; i < n; i++) out[i]! -= along * u[i]!;
    },
  };
  const { tolerance, stream, pause } = search;
  const second = await topPairs(deflated, [], { tolerance, stream, pause });
  const gap = theta - second.value - second.errorBound!;
  const sine = gap > 0 ? Math.min(1, residual / gap) : 1;
  return { sine, products: second.products };
}
