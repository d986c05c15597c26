import { symmetricEigen } from "@eoss/eigen";
import { type EigenSearch, relativeResidual, solveTop, type TopPairs } from "../topEigenvalue.js";
import { dot, norm } from "../vectors.js";

/** Eigenpairs of a matrix that is close to another one, values descending and positive. */
export interface NearbyPairs {
  readonly values: readonly number[];
  /** Unit vectors. */
  readonly vectors: readonly Float32Array[];
}

interface SymmetricOperator {
  readonly n: number;
  apply(x: Float32Array, out: Float32Array): void;
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
 * between θ and the next value: the second Ritz value or the nearby matrix's, if that is larger. The
 * first holds whatever the spectrum; the second, for which two pairs must be known, as far as no
 * eigenvalue hides in that quarter.
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
  for (const start of starts) {
    if (space.add(start)) await search.pause();
  }
  while (space.size > 0) {
    const { theta, second, vector, residual } = space.top();
    const gap = TRUSTED_GAP * (theta - Math.max(second, theta * nearbyRatio(nearby)));
    const size = norm(residual);
    // From an eigenvector, whichever it is, nothing else can be seen.
    const blind = space.size === 1 && size <= INVARIANT * Math.abs(theta);
    const errorBound = gap > size ? size ** 2 / gap : size;
    if (theta > 0 && !blind && errorBound <= relativeResidual(search) * theta) {
      return {
        value: theta,
        errorBound,
        values: [theta],
        errorBounds: [errorBound],
        vectors: [vector],
        angleBound: Math.min(1, size / Math.max(gap, Number.MIN_VALUE)),
        products: space.size,
        status: "converged",
      };
    }
    if (blind || space.size === BASIS || !space.add(corrected(residual, theta, nearby))) {
      const rest = await solveTop(operator, [vector], search);
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

/** The residual, enlarged along eigenvectors whose eigenvalues are close to θ. */
function corrected(
  residual: Float32Array,
  theta: number,
  { values, vectors }: NearbyPairs,
): Float32Array {
  const t = Float32Array.from(residual);
  for (const [k, u] of vectors.entries()) {
    const distance = Math.max(theta - values[k]!, Math.abs(theta) / MOST_ENLARGED);
    addScaled(t, (Math.abs(theta) / distance - 1) * dot(u, residual), u);
  }
  return t;
}

/** An orthonormal basis, its images under the operator, and the Ritz pairs in it. */
class RitzSpace {
  readonly #basis: Float32Array[] = [];
  readonly #images: Float32Array[] = [];
  /** vᵢᵀ·A·vⱼ. */
  #projected: Float64Array[] = [];

  constructor(readonly operator: SymmetricOperator) {}

  /** Its dimension, which is the number of products made. */
  get size(): number {
    return this.#basis.length;
  }

  /** @returns whether the direction adds anything */
  add(direction: Float32Array): boolean {
    const v = Float32Array.from(direction);
    const before = norm(v);
    // Twice, so that rounding does not bring back what was taken off.
    for (let pass = 0; pass < 2; pass++) {
      for (const u of this.#basis) addScaled(v, -dot(u, v), u);
    }
    const left = norm(v);
    if (!(left > 1e-5 * before)) return false;
    for (let i = 0; i < v.length; i++) v[i]! /= left;
    const image = new Float32Array(v.length);
    this.operator.apply(v, image);
    this.#basis.push(v);
    this.#images.push(image);
    const last = this.size - 1;
    const row = Float64Array.from(this.#basis, (u) => dot(u, image));
    this.#projected = [
      ...this.#projected.map((known, i) => Float64Array.of(...known, row[i]!)),
      row,
    ];
    // The same entry by the other image: rounding is halved.
    for (let i = 0; i < last; i++) {
      const mean = (row[i]! + dot(v, this.#images[i]!)) / 2;
      this.#projected[i]![last] = mean;
      row[i] = mean;
    }
    return true;
  }

  /** The top Ritz pair with its residual A·x − θ·x, and the second value. */
  top(): { theta: number; second: number; vector: Float32Array; residual: Float32Array } {
    const { values, vectors } = symmetricEigen(this.#projected);
    const theta = values[0]!;
    const vector = this.#combine(this.#basis, vectors[0]!);
    const residual = this.#combine(this.#images, vectors[0]!);
    addScaled(residual, -theta, vector);
    return { theta, second: values[1] ?? Number.NEGATIVE_INFINITY, vector, residual };
  }

  #combine(vectors: readonly Float32Array[], weights: ArrayLike<number>): Float32Array {
    const sum = new Float32Array(vectors[0]!.length);
    for (const [j, v] of vectors.entries()) addScaled(sum, weights[j]!, v);
    return sum;
  }
}

/** y ← y + a·x. */
function addScaled(y: Float32Array, a: number, x: Float32Array): void {
  for (let i = 0; i < y.length; i++) y[i]! += a * x[i]!;
}
