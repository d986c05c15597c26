// By how much the direction of a top eigenvector, or the span of several, may be off.
import type { CurvatureKind } from "../loss/engine.js";
import type { LossView } from "../loss/lossView.js";
import { MATRIX_ERROR } from "../loss/rounding.js";
import { multiply, type Operator, type Vector } from "../loss/space.js";
import type { EigenSearch, TopPairs } from "./eigenSearch.js";
import type { ErrorKind } from "./errorKind.js";
import { topPairs } from "./topPairs.js";

/** By how much the direction of a top eigenvector, or the span of several, may be off. */
export interface AngleBound {
  /** Sine of the angle, at most; 1 where no single direction is known. */
  readonly sine: number;
  /** μ, below which all other eigenvalues are, with a probability of 99.9 %. */
  readonly rest?: number;
  readonly errorKind?: ErrorKind;
  readonly products: number;
}

type AngleSearch = Pick<EigenSearch, "tolerance" | "stream" | "pause" | "certify">;

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
  search: AngleSearch,
): Promise<AngleBound> {
  const [u] = found.vectors;
  if (u === undefined) return { sine: 1, products: 0 };
  if (search.certify === false) {
    return { sine: found.angleBound, errorKind: "assumed", products: 0 };
  }
  const { value: theta, residual } = found;
  const rest = await restBelow(view.curvature(kind), [u], [theta], search);
  const gap = theta - rest.upper;
  const sine = gap > 0 ? Math.min(1, residual / gap) : 1;
  return { sine, rest: rest.upper, products: rest.products };
}

/**
 * The angles φ₁ … φ_k between the span of the k vectors that were found for the largest eigenvalues of A,
 * and the span of its k top eigenvectors:
 *
 *   √(Σ sin²φᵢ) ≤ ‖AV − VΘ‖_F/(θ_k − μ),   λ_(k+1) ≤ λmax(A − Σ|θᵢ|·vᵢvᵢᵀ) ≤ μ with a probability of 99.9 %
 *
 * by Davis and Kahan's theorem and by Weyl's inequality, which holds whatever V is. It is 1, which says
 * nothing, where λ_k and λ_(k+1) are not resolved: there is no such span then. With `certify: false` nothing
 * is known of the probability of μ.
 *
 * @param found what `view.top(kind)` gave, all k of them
 * @see Davis, Kahan (1970), The rotation of eigenvectors by a perturbation III
 */
export async function certifiedSpan(
  view: LossView,
  kind: CurvatureKind,
  { vectors, values }: TopPairs<Vector>,
  search: AngleSearch,
): Promise<AngleBound> {
  const matrix = view.curvature(kind);
  const { space } = matrix;
  const k = vectors.length;
  if (k === matrix.n) return { sine: 0, products: 0 };
  const rounding = roundingOf(values);
  let square = 0;
  for (const [i, vector] of vectors.entries()) {
    const product = await multiply(matrix, vector);
    await search.pause();
    const residual = space.axpy(-values[i]!, vector, product);
    square += (Math.sqrt(await space.dot(residual, residual)) + rounding) ** 2;
    space.release(residual);
  }
  const rest = await restBelow(matrix, vectors, values, search);
  const gap = values[k - 1]! - rest.upper;
  const sine = gap > 0 ? Math.min(1, Math.sqrt(square) / gap) : 1;
  return {
    sine,
    ...(search.certify === false && { errorKind: "assumed" }),
    products: k + rest.products,
  };
}

/** Rounding of the products of a matrix of such eigenvalues. */
const roundingOf = (values: readonly number[]) => MATRIX_ERROR * Math.max(...values.map(Math.abs));

/** A bound on the largest eigenvalue of A beside those that were found. */
async function restBelow(
  matrix: Operator<Vector>,
  vectors: readonly Vector[],
  values: readonly number[],
  { tolerance, stream, pause, certify }: AngleSearch,
): Promise<{ upper: number; products: number }> {
  const { n, space } = matrix;
  const deflated: Operator<Vector> = {
    n,
    space,
    async apply(x, out) {
      const parts: number[] = [];
      for (const vector of vectors) parts.push(await space.dot(vector, x));
      let product = (await matrix.apply(x, out)) ?? out;
      for (const [i, vector] of vectors.entries()) {
        product = space.axpy(-Math.abs(values[i]!) * parts[i]!, vector, product);
      }
      return product;
    },
  };
  // Of a matrix of low rank the deflated one is nothing but rounding.
  const rounding = roundingOf(values);
  const rest = await topPairs(deflated, [], { tolerance, stream, pause, certify, rounding });
  for (const vector of rest.vectors) space.release(vector);
  return { upper: rest.value + rest.errorBound!, products: rest.products };
}
