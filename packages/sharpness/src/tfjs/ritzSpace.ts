import { symmetricEigen } from "@eoss/eigen";
import type { TopPairs } from "../search/eigenSearch.js";
import type { ErrorKind } from "../search/errorKind.js";
import type { SymmetricOperator } from "../search/solveTop.js";
import { addCombination, dot, dots, norm } from "./vectors.js";

/** All Ritz pairs of a space, values descending. */
export interface RitzPairs {
  readonly values: readonly number[];
  /** Coordinates of the Ritz vectors in the basis; orthonormal. */
  readonly coordinates: readonly ArrayLike<number>[];
}

/** An orthonormal basis V, its images A·V, and Rayleigh–Ritz in it. */
export class RitzSpace {
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
  async add(direction: ArrayLike<number>): Promise<boolean> {
    const v = this.outside(direction);
    const left = norm(v);
    if (!(left > 1e-5 * norm(direction))) return false;
    for (let i = 0; i < v.length; i++) v[i]! /= left;
    const image = new Float32Array(v.length);
    const product = await this.operator.apply(v, image);
    if (product) image.set(product);
    this.#basis.push(v);
    this.#images.push(image);
    const last = this.size - 1;
    const row = dots(this.#basis, image);
    this.#projected = [
      ...this.#projected.map((known, i) => Float64Array.of(...known, row[i]!)),
      row,
    ];
    // The same entry by the other image: rounding is halved.
    const column = dots(this.#images.slice(0, last), v);
    for (let i = 0; i < last; i++) {
      const mean = (row[i]! + column[i]!) / 2;
      this.#projected[i]![last] = mean;
      row[i] = mean;
    }
    return true;
  }

  /** The part of a vector at right angles to the space. */
  outside(vector: ArrayLike<number>): Float32Array {
    const v = Float32Array.from(vector);
    // Twice, so that rounding does not bring back what was taken off.
    for (let pass = 0; pass < 2; pass++) {
      addCombination(
        v,
        dots(this.#basis, v).map((inside) => -inside),
        this.#basis,
      );
    }
    return v;
  }

  pairs(): RitzPairs {
    const { values, vectors } = symmetricEigen(this.#projected);
    return { values: [...values], coordinates: vectors };
  }

  /** V·y. */
  vector(y: ArrayLike<number>): Float32Array {
    return this.#combine(this.#basis, y);
  }

  /** A·V·y − V·T·y, T = VᵀAV: for a Ritz vector its residual A·x − θ·x. */
  residual(y: ArrayLike<number>): Float32Array {
    const inside = this.#projected.map((row) => -dot(row, y));
    const residual = this.#combine(this.#images, y);
    addCombination(residual, inside, this.#basis);
    return residual;
  }

  /**
   * The top Ritz pair as what a search has found.
   *
   * @param size of its residual
   * @param gap to the next eigenvalue, as far as it is relied on
   */
  found(
    { values, coordinates }: RitzPairs,
    {
      errorBound,
      errorKind,
      size,
      gap,
    }: { errorBound: number; errorKind: ErrorKind; size: number; gap: number },
  ): TopPairs {
    const value = values[0]!;
    return {
      value,
      errorBound,
      values: [value],
      errorBounds: [errorBound],
      vectors: [this.vector(coordinates[0]!)],
      residual: size,
      angleBound: Math.min(1, size / Math.max(gap, Number.MIN_VALUE)),
      errorKind,
      products: this.size,
      status: "converged",
    };
  }

  #combine(vectors: readonly Float32Array[], weights: ArrayLike<number>): Float32Array {
    const sum = new Float32Array(this.operator.n);
    addCombination(sum, weights, vectors);
    return sum;
  }
}
