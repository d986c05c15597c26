import { MATRIX_ERROR } from "../loss/rounding.js";
import type { EigenSearch, TopPairs } from "../search/eigenSearch.js";
import { relativeResidual, type SymmetricOperator, solveTop } from "../search/solveTop.js";
import { corrected } from "./corrected.js";
import { RitzSpace } from "./ritzSpace.js";
import { norm } from "./vectors.js";

/** Eigenpairs of a matrix that is close to another one, values descending and positive. */
export interface NearbyPairs {
  readonly values: readonly number[];
  /** Unit vectors. */
  readonly vectors: readonly Float32Array[];
}

/**
 * Of the distance from θ to the next eigenvalue, as far as it is known from the nearby matrix and the
 * search itself, the part that is relied on.
 */
const TRUSTED_GAP = 1 / 4;
/** Corrections along known eigenvectors are enlarged at most so many times. */
const MOST_ENLARGED = 32;
/** Residual, relative to θ, at which a start vector is an eigenvector already. */
const INVARIANT = 1e-3;
/** Vectors kept; where they are not enough, Lanczos goes on. */
const BASIS = 24;

/**
 * The top eigenpair of A by Davidson's method, from the eigenpairs (μ_k, u_k) of a nearby matrix.
 *
 * Rayleigh–Ritz in a space that begins with the start vectors and grows by a corrected residual
 * r = A·x − θ·x, one product each:
 *
 *   t = r + Σ_k (θ/(θ − μ_k) − 1)·(u_kᵀr)·u_k
 *
 * which is θ·(θ − G)⁻¹·r for a matrix G that has these pairs and vanishes elsewhere. Without pairs it
 * is Lanczos' method in other words.
 *
 * Stops where the error bound min(r, r²/gap) is below the tolerance, gap a quarter of the distance
 * between θ and the next value: the second Ritz value or the nearby matrix's, if that is larger. By the
 * first, some eigenvalue is as close as that, whatever the spectrum; the second, for which two pairs must
 * be known, is an assumption: that no eigenvalue hides in that quarter, or above.
 *
 * A single start that is an eigenvector already, and what does not fit into the basis, is left to
 * Lanczos.
 *
 * @param starts linearly independent, any norm
 * @throws EigenError "not-finite" if a product is
 * @see Davidson (1975); Morgan & Scott (1986), Generalizations of Davidson's method; Parlett (1998),
 *   The Symmetric Eigenvalue Problem, §11.7, for the bound
 */
export async function davidson(
  operator: SymmetricOperator,
  starts: readonly Float32Array[],
  nearby: NearbyPairs,
  search: EigenSearch,
): Promise<TopPairs> {
  const space = new RitzSpace(operator);
  const known = nearby.vectors.map((direction, k) => ({
    direction,
    eigenvalue: nearby.values[k]!,
  }));
  for (const start of starts) {
    if (await space.add(start)) await search.pause();
  }
  while (space.size > 0) {
    const pairs = space.pairs();
    const { values, coordinates } = pairs;
    const [theta, second = Number.NEGATIVE_INFINITY] = values as [number, number?];
    const residual = space.residual(coordinates[0]!);
    const gap = TRUSTED_GAP * (theta - Math.max(second, theta * nearbyRatio(nearby)));
    const size = norm(residual);
    // From an eigenvector, whichever it is, nothing else can be seen.
    const blind = space.size === 1 && size <= INVARIANT * Math.abs(theta);
    const isGap = gap > size;
    const errorBound = (isGap ? size ** 2 / gap : size) + MATRIX_ERROR * Math.abs(theta);
    if (theta > 0 && !blind && errorBound <= relativeResidual(search) * theta) {
      return space.found(pairs, {
        ...{ errorBound, size, gap },
        errorKind: isGap ? "assumed" : "uncertified",
      });
    }
    const next = () => corrected(residual, theta, known, MOST_ENLARGED);
    if (blind || space.size === BASIS || !(await space.add(next()))) {
      const rest = await solveTop(operator, [space.vector(coordinates[0]!)], search);
      return { ...rest, products: rest.products + space.size };
    }
    await search.pause();
  }
  return solveTop(operator, [], search);
}

/** The second eigenvalue over the first; 1 where it is not known. */
function nearbyRatio({ values: [first, second] }: NearbyPairs): number {
  return first !== undefined && second !== undefined ? second / first : 1;
}
