import { track } from "@eoss/eigen";
import { basisOf, solversOf } from "../loss/space.js";
import type { EigenSearch, TopPairs } from "./eigenSearch.js";
import { FAILURE } from "./errorKind.js";
import {
  MAX_PRODUCTS,
  pairsOf,
  roughly,
  type SymmetricOperator,
  spaceOf,
  withPauses,
} from "./solveTop.js";

/**
 * The top eigenvalue of a matrix that has changed since its top eigenvector was found, with a bound
 * that holds with a stated probability.
 *
 *   θ ≤ λmax ≤ θ + errorBound with a probability of 99.9 %, errorBound ≤ tolerance·θ
 *
 * The probability is over the random part of the start and holds whatever the old vector was; with a
 * good one misses are far rarer. The first measurement has none and a probability of 99.99 %.
 *
 * @param previous top eigenvector at earlier parameters, any norm, if there is one
 * @see `track` of `@eoss/eigen`
 */
export async function certifiedTop<V = Float32Array>(
  operator: SymmetricOperator<V>,
  previous: V | undefined,
  { tolerance, stream, pause, rounding = 0 }: EigenSearch,
): Promise<TopPairs<V>> {
  const space = spaceOf(operator);
  const follow = track({
    rtol: tolerance,
    certify: FAILURE,
    maxMatvecs: MAX_PRODUCTS,
    seed: stream.uint32At(0),
    space: solversOf(space),
    ...basisOf(space, 1),
    ...roughly(rounding),
  });
  const found = await follow(
    withPauses(operator, pause),
    previous === undefined ? undefined : { previous: { vectors: [previous], searches: 0 } },
  );
  // θ is a Rayleigh quotient and so never above λmax, but for rounding, which is part of the bound.
  return pairsOf(found, [found.upperBound!.value - found.values[0]! + rounding], "certified");
}
