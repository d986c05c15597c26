import { float32, type LinearOperator, lanczos, lanczosWithCopies } from "@eoss/eigen";
import { norm } from "../loss/vectors.js";
import { certifiedTop } from "./certifiedTop.js";
import { FAILURE } from "./errorKind.js";
import {
  type EigenSearch,
  FEW,
  MAX_PRODUCTS,
  pairsOf,
  relativeResidual,
  roughly,
  type SearchedOperator,
  type SymmetricOperator,
  solveTop,
  startVector,
  type TopPairs,
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
 */
export async function topPairs<V extends Float32Array = Float32Array>(
  operator: SymmetricOperator<V>,
  guesses: readonly Float32Array[],
  search: EigenSearch,
): Promise<TopPairs<V>> {
  const { certify = true, count = 1, which } = search;
  if (operator.n <= FEW || !certify) return solveTop(operator, guesses, search);
  const pausing = withPauses(operator, search.pause) as LinearOperator<Float32Array>;
  const found =
    which === "both"
      ? certifiedEnds(pausing, search)
      : Math.min(count, operator.n) > 1
        ? certifiedSeveral(pausing, guesses, search)
        : certifiedTop(operator as SymmetricOperator, guesses[0], search);
  // Whatever the vectors are of, those that are found are of the same.
  return (await found) as TopPairs<V>;
}

/** The same; marked, and without a product, where loss or gradient is no number. */
export async function topEigenvalue<V extends Float32Array = Float32Array>(
  operator: SearchedOperator<V>,
  guesses: readonly Float32Array[],
  search: EigenSearch,
): Promise<TopPairs<V>> {
  return hasNumbers(operator) ? topPairs(operator, guesses, search) : notFinite;
}

/** Whether loss and gradient are numbers. */
export function hasNumbers({
  loss,
  gradient,
}: Pick<SearchedOperator, "loss" | "gradient">): boolean {
  return Number.isFinite(loss) && Number.isFinite(norm(gradient));
}

const notFinite: TopPairs<never> = {
  value: Number.NaN,
  values: [],
  errorBounds: [],
  vectors: [],
  residual: Number.NaN,
  angleBound: Number.NaN,
  products: 0,
  status: "not-finite",
};

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
async function certifiedSeveral(
  operator: LinearOperator<Float32Array>,
  guesses: readonly Float32Array[],
  { tolerance, stream, rounding = 0, count = 1 }: EigenSearch,
): Promise<TopPairs> {
  const { n } = operator;
  const found = await lanczosWithCopies({
    k: Math.min(count, n),
    rtol: relativeResidual({ tolerance }),
    probability: 1 - FAILURE,
    maxMatvecs: MAX_PRODUCTS,
    seed: stream.uint32At(0),
    space: float32(),
    ...roughly(rounding),
  })(operator, guesses.length > 0 ? { start: startVector(guesses, stream, n) } : {});
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
async function certifiedEnds(
  operator: LinearOperator<Float32Array>,
  { tolerance, stream, rounding = 0 }: EigenSearch,
): Promise<TopPairs> {
  const found = await lanczos({
    k: 2,
    which: "both",
    rtol: tolerance,
    certify: FAILURE / 2,
    maxMatvecs: MAX_PRODUCTS,
    seed: stream.uint32At(0),
    space: float32(),
    ...roughly(rounding),
  })(operator);
  const { values, upperBound, lowerBound } = found;
  const errorBounds = [
    upperBound!.value - values[0]! + rounding,
    values[1]! - lowerBound!.value + rounding,
  ];
  return pairsOf(found, errorBounds, "certified");
}
