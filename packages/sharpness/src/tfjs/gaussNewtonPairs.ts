import { denseOperator, lanczos } from "@eoss/eigen";
import type { HessianOperator } from "@eoss/hvp";
import type { EigenSearch } from "../search/eigenSearch.js";
import { FEW } from "../search/solveTop.js";
import type { NearbyPairs } from "./davidson.js";
import { norm, scaled } from "./vectors.js";

/** Gauss–Newton eigenpairs that guide the search; more cost more than they save. */
const PAIRS = 4;

/**
 * The top Gauss–Newton eigenpairs of a small batch in the coordinates of its Hessian, which its dual
 * gives at the price of two products.
 *
 * @returns undefined where there is no dual, or so few dimensions that none is needed; see `HessianOperator.gaussNewtonDual`
 */
export function gaussNewtonPairs(
  hessian: HessianOperator,
  { stream }: EigenSearch,
): NearbyPairs | undefined {
  if (hessian.n <= FEW) return undefined;
  const dual = hessian.gaussNewtonDual();
  if (dual === undefined) return undefined;
  try {
    const k = Math.min(PAIRS, dual.n);
    const { values, vectors } = lanczos({ k, rtol: 1e-3 })(denseOperator(dual.matrix), {
      start: Float64Array.from(stream.normals(dual.n)),
    });
    const positive = vectors.filter((_, index) => values[index]! > 1e-6 * values[0]!);
    if (positive.length === 0) return undefined;
    return {
      values: [...values.slice(0, positive.length)],
      vectors: dual.lift(positive).map((v) => scaled(v, 1 / norm(v))),
    };
  } finally {
    dual.dispose();
  }
}
