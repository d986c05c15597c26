/** Approximation of low rank from random vectors. */

import { roundingOf } from "../certificates/convergence.js";
import { cholesky } from "../dense/cholesky.js";
import { symmetricEigen } from "../dense/symmetric.js";
import { countProducts, type LinearOperator } from "../operators/operator.js";
import { rareSquare } from "../quadrature/ends.js";
import { check, checkCount } from "../solver/error.js";
import { checkNames } from "../solver/names.js";
import { createRandom } from "../solver/random.js";
import { type Steps, wait } from "../solver/steps.js";
import { orthonormalize, startBlock } from "../vectors/block.js";
import { type AsyncVectorSpace, float64, type VectorSpace } from "../vectors/space.js";
import { solve, type VectorScope } from "../vectors/vectorScope.js";
import { axpys, dots, rotate } from "../vectors/vectors.js";
import {
  type AsyncEstimator,
  type Estimator,
  type EstimatorSettings,
  imageOf,
  probe,
} from "./estimate.js";

/** Settings of `nystrom` beside seed and space. */
export interface NystromSettings {
  /** Dimension of the sketch, one product each; default 10. */
  readonly rank?: number;
  /** Random vectors, one product each, that measure the error; default 2. */
  readonly checks?: number;
}

/** Â = U·Λ·Uᵀ. */
export interface NystromApproximation<V> {
  /** Λ, [rank], descending, ≥ 0; each at most the eigenvalue of A of the same rank, to rounding. */
  readonly values: Float64Array;
  /** U, orthonormal. */
  readonly vectors: V[];
  /** Estimate of ‖A − Â‖_F from `checks` random vectors; NaN without any. */
  readonly frobeniusError: number;
  /** ‖A − Â‖_F is at most this in 95 % of all runs; NaN without `checks`. */
  readonly frobeniusBound: number;
  readonly matvecs: number;
  /** x ↦ Â·x. */
  readonly operator: LinearOperator<V>;
  /** x ↦ (Â + μ·I)⁻¹·x up to a factor: a preconditioner for A + μ·I. μ > 0. */
  preconditioner(mu: number): LinearOperator<V>;
}

/**
 * Randomised Nyström approximation of a positive semi-definite operator.
 *
 *   Â = (A·Ω)·(ΩᵀA·Ω)⁺·(A·Ω)ᵀ,   Ω orthonormal n × rank
 *
 * A shift ν of rounding size makes the Cholesky factorisation of the core stable and is removed
 * from the eigenvalues afterwards.
 *
 * @throws EigenError "not-positive-definite" if ΩᵀAΩ shows a negative direction
 * @see Tropp, Yurtsever, Udell & Cevher (2017), Fixed-rank approximation of a positive-semidefinite
 *   matrix from streaming data; Frangella, Tropp & Udell (2023) for the preconditioner
 * @example
 * const lowRank = { n: 100, apply: (x) => x.map((v, i) => (i < 3 ? v * (i + 1) : 0)) };
 * nystrom({ rank: 5 })(lowRank).values.slice(0, 3); // [3, 2, 1]
 */
export function nystrom(
  settings?: NystromSettings & EstimatorSettings<undefined>,
): Estimator<Float64Array, NystromApproximation<Float64Array>>;
export function nystrom<V>(
  settings: NystromSettings & EstimatorSettings<VectorSpace<V>>,
): Estimator<V, NystromApproximation<V>>;
export function nystrom<V>(
  settings: NystromSettings & EstimatorSettings<AsyncVectorSpace<V>>,
): AsyncEstimator<V, NystromApproximation<V>>;
export function nystrom<V>(
  settings: NystromSettings & EstimatorSettings<AsyncVectorSpace<V> | undefined> = {},
): AsyncEstimator<V, NystromApproximation<V>> {
  const { rank = 10, checks = 2, seed = 0 } = settings;
  const space = settings.space ?? (float64() as unknown as AsyncVectorSpace<V>);
  checkNames("nystrom", settings, "rank checks seed space");
  checkCount("rank", rank);
  check(Number.isSafeInteger(checks) && checks >= 0, `checks must be 0, 1, 2, …, got ${checks}`);
  return (operator) => solve(space, (scope) => sketch(operator, scope, space, rank, checks, seed));
}

function* sketch<V>(
  operator: LinearOperator<V>,
  space: VectorScope<V>,
  outer: AsyncVectorSpace<V>,
  rank: number,
  checks: number,
  seed: number,
): Steps<NystromApproximation<V>> {
  const products = countProducts(operator, space);
  const { n } = products;
  check(rank <= n, `rank must be at most n = ${n}, got ${rank}`);
  const random = createRandom(seed, 6);
  const omega = yield* startBlock(undefined, rank, n, space, random);
  let images: V[] = [];
  for (const v of omega) images.push(yield* imageOf(products, space, v));
  let size = 0;
  for (const y of images) size += yield* wait(space.dot(y, y));
  const nu = Math.sqrt(n) * 2 * (space.epsilon ?? 2 ** -53) * Math.sqrt(size) || 1; // A = 0
  images = images.map((y, i) => space.axpy(nu, omega[i]!, y));

  const core: Float64Array[] = [];
  for (const y of images) core.push(yield* dots(space, omega, y));
  for (const v of omega) space.release(v);
  const c = cholesky(core);
  const copies = images.map((y) => space.copy(y));
  const q = yield* orthonormalize(space, copies, [], 1e-14);
  // Columns of R·C⁻ᵀ, whose squared singular values are Λ + ν.
  const columns: Float64Array[] = [];
  for (const [j, y] of images.entries()) {
    const column = yield* dots(space, q, y);
    for (let i = 0; i < j; i++) {
      for (let row = 0; row < column.length; row++) column[row]! -= columns[i]![row]! * c[j]![i]!;
    }
    columns.push(column.map((value) => value / c[j]![j]!));
  }
  for (const y of images) space.release(y);
  const gram = Array.from(q, (_, i) =>
    Float64Array.from(q, (__, j) => columns.reduce((s, column) => s + column[i]! * column[j]!, 0)),
  );
  const eigen = symmetricEigen(gram);
  const rows = Array.from(q, (_, row) => Float64Array.from(eigen.vectors, (v) => v[row]!));
  const vectors = rotate(space, q, rows, q.length);
  const values = eigen.values.map((value) => (size > 0 ? Math.max(0, value - nu) : 0));

  const inSpan = (x: V, weight: (i: number) => number, rest: number) =>
    solve(outer, function* (space) {
      const along = yield* dots(space, vectors, x);
      const y = space.scale(rest, space.copy(x));
      return axpys(
        space,
        along.map((a, i) => a * weight(i)),
        vectors,
        y,
      );
    });
  const approximation = {
    n,
    apply: (x: V) => inSpan(x, (i) => values[i]!, 0),
  };
  let square = 0;
  for (let i = 0; i < checks; i++) {
    const z = yield* probe(space, n, random);
    const image = yield* products.apply(z);
    const approximate = yield* wait(approximation.apply(z));
    const difference = space.axpy(-1, approximate, image);
    space.release(approximate);
    square += yield* wait(space.dot(difference, difference));
    space.release(z);
    space.release(difference);
  }
  return {
    values,
    vectors,
    frobeniusError: Math.sqrt(square / checks),
    // At worst the difference has rank one: then `square` is χ² with `checks` degrees of freedom.
    frobeniusBound:
      Math.sqrt(square / rareSquare(checks, 0.05)) + roundingOf(space, Math.sqrt(n * size)),
    matvecs: products.spent,
    operator: approximation,
    preconditioner(mu: number) {
      check(mu > 0, `mu must be positive, got ${mu}`);
      const smallest = values.at(-1)! + mu;
      return {
        n,
        apply: (x: V) => inSpan(x, (i) => smallest / (values[i]! + mu) - 1, 1),
      };
    },
  };
}
