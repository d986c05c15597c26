// The search behind every eigenvalue that is printed, and its certificates.
import { type LinearOperator, lanczos, lanczosWithCopies } from "@eoss/eigen";
import { basisOf, type Space, solversOf } from "../loss/space.js";
import { certifiedTop } from "./certifiedTop.js";
import type { EigenSearch, TopPairs } from "./eigenSearch.js";
import { FAILURE } from "./errorKind.js";
import {
  FEW,
  MAX_PRODUCTS,
  pairsOf,
  relativeResidual,
  roughly,
  type SymmetricOperator,
  solveTop,
  spaceOf,
  startVector,
  withPauses,
} from "./solveTop.js";

/**
 * Extremal eigenpairs of a matrix: the search behind every eigenvalue that is printed.
 *
 *   θᵢ ≤ λᵢ ≤ θᵢ + errorBoundᵢ for all i together, with a probability of 99.9 %
 *
 * λᵢ counts repeated eigenvalues as often as they occur. The probability is over random vectors and
 * holds for every matrix and every guess; see `certifiedTop`, `certifiedSeveral`, `certifiedEnds`. Up to
 * 16 dimensions the whole matrix is made, and only rounding is in the bounds. With `certify: false` it
 * is `solveTop`, whose bounds have no probability.
 *
 * @param guesses of the top eigenvectors, any norm; none is as good as a bad one, and cheaper
 * @returns its vectors are the caller's
 */
export async function topPairs<V = Float32Array>(
  operator: SymmetricOperator<V>,
  guesses: readonly V[],
  search: EigenSearch,
): Promise<TopPairs<V>> {
  const { certify = true, count = 1, which } = search;
  if (operator.n <= FEW || !certify) return solveTop(operator, guesses, search);
  const space = spaceOf(operator);
  const pausing = withPauses(operator, search.pause);
  if (which === "both") return certifiedEnds(pausing, space, search);
  return Math.min(count, operator.n) > 1
    ? certifiedSeveral(pausing, space, guesses, search)
    : certifiedTop(operator, guesses[0], search);
}

/**
 * The k largest eigenvalues, as often as each occurs.
 *
 *   λᵢ ≤ λmax([[θᵢ, ‖R‖], [‖R‖, τ]]),   R = A·V − V·Θ,   λmax of A in the complement of V at most τ
 *
 * τ has the probability. Above t > τ, A has as many eigenvalues as Θ + Rᵀ(t − C)⁻¹R has, C its part in the
 * complement, by Sylvester's law of inertia; and that is at most Θ + ‖R‖²/(t − τ).
 *
 * @see `lanczosWithCopies` of `@eoss/eigen`
 */
async function certifiedSeveral<V>(
  operator: LinearOperator<V>,
  space: Space<V>,
  guesses: readonly V[],
  { tolerance, stream, rounding = 0, count = 1 }: EigenSearch,
): Promise<TopPairs<V>> {
  const { n } = operator;
  const start = guesses.length > 0 ? await startVector(space, guesses, stream, n) : undefined;
  const found = await lanczosWithCopies({
    k: Math.min(count, n),
    rtol: relativeResidual({ tolerance }),
    probability: 1 - FAILURE,
    maxMatvecs: MAX_PRODUCTS,
    seed: stream.uint32At(0),
    space: solversOf(space),
    ...basisOf(space, count),
    ...roughly(rounding),
  })(operator, start === undefined ? {} : { start });
  if (start !== undefined) space.release(start);
  const rest = found.remainder?.upper ?? Number.NEGATIVE_INFINITY;
  const size = Math.hypot(...found.errorBounds);
  const errorBounds = Array.from(found.values, (theta, i) => {
    const own = found.errorBounds[i]!;
    if (rest === Number.NEGATIVE_INFINITY) return own + rounding;
    const half = (theta - rest) / 2;
    const above =
      half > 0 ? size ** 2 / (half + Math.hypot(half, size)) : Math.hypot(half, size) - half;
    return above + own - found.residuals[i]! + rounding;
  });
  return pairsOf(found, errorBounds, found.probability === undefined ? "uncertified" : "certified");
}

/** The largest and the smallest eigenvalue, each certified by half of the probability. */
async function certifiedEnds<V>(
  operator: LinearOperator<V>,
  space: Space<V>,
  { tolerance, stream, rounding = 0 }: EigenSearch,
): Promise<TopPairs<V>> {
  const found = await lanczos({
    k: 2,
    which: "both",
    rtol: tolerance,
    certify: FAILURE / 2,
    maxMatvecs: MAX_PRODUCTS,
    seed: stream.uint32At(0),
    space: solversOf(space),
    ...basisOf(space, 2),
    ...roughly(rounding),
  })(operator);
  const { values, upperBound, lowerBound } = found;
  const errorBounds = [
    upperBound!.value - values[0]! + rounding,
    values[1]! - lowerBound!.value + rounding,
  ];
  return pairsOf(found, errorBounds, "certified");
}
