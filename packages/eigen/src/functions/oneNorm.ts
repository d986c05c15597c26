/** The 1-norm of an operator. */

import { countProducts, type LinearOperator, type SyncOperator } from "../operators/operator.js";
import { checkCount, EigenError } from "../solver/error.js";
import { checkNames } from "../solver/names.js";
import { createRandom } from "../solver/random.js";
import type { MaybePromise, Steps } from "../solver/steps.js";
import { float64 } from "../vectors/space.js";
import { solve, type VectorScope } from "../vectors/vectorScope.js";

/** Settings of `oneNorm`. */
export interface OneNormSettings {
  /** Columns that are looked at together; default 2. */
  readonly blockSize?: number;
  /** Seed of the random signs; default 0. */
  readonly seed?: number;
}

/** An estimate of ‖A‖₁. */
export interface OneNormResult {
  /** A lower bound of ‖A‖₁, for certain: the 1-norm of A·x for an x of unit 1-norm. */
  readonly lower: number;
  readonly matvecs: number;
}

/** A configured estimator. */
export interface OneNormEstimator {
  (operator: SyncOperator): OneNormResult;
  (operator: LinearOperator): MaybePromise<OneNormResult>;
}

/** Rounds of two block products; two suffice nearly always. */
const ROUNDS = 5;

/**
 * ‖A‖₁ = ‖A‖_∞, the largest absolute column sum of a symmetric operator, from below.
 *
 * Right or nearly so for most operators, with about 4·blockSize products, but nothing bounds it from
 * above: √n·‖A‖₂ does (`spectralNorm`). It needs the entries of vectors, hence Float64Array only.
 *
 * @see Higham & Tisseur (2000), A block algorithm for matrix 1-norm estimation, with an application to
 *   1-norm pseudospectra
 * @example
 * oneNorm()(denseOperator([[1, -2], [-2, 3]])).lower; // 5
 */
export function oneNorm(settings: OneNormSettings = {}): OneNormEstimator {
  checkNames("oneNorm", settings, "blockSize seed");
  const { blockSize = 2, seed = 0 } = settings;
  checkCount("blockSize", blockSize);
  return ((operator: LinearOperator) =>
    solve(float64(), (scope) => estimate(operator, scope, blockSize, seed))) as OneNormEstimator;
}

function* estimate(
  operator: LinearOperator,
  scope: VectorScope<Float64Array>,
  blockSize: number,
  seed: number,
): Steps<OneNormResult> {
  const products = countProducts(operator, scope);
  const { n } = products;
  const random = createRandom(seed, 10);
  const t = Math.min(blockSize, n);
  const seen = new Set<number>();
  let columns = Array.from({ length: t }, (_, j) =>
    Float64Array.from({ length: n }, () => (j === 0 ? 1 : random.sign()) / n),
  );
  let lower = -1;
  for (let round = 0; round < ROUNDS && columns.length > 0; round++) {
    const before = lower;
    const largest = new Float64Array(n);
    for (const x of columns) {
      const y = yield* products.apply(x);
      const sum = y.reduce((s, entry) => s + Math.abs(entry), 0);
      if (!Number.isFinite(sum)) throw new EigenError("not-finite", "a product is not finite");
      lower = Math.max(lower, sum);
      const z = yield* products.apply(y.map((entry) => (entry < 0 ? -1 : 1)));
      for (let i = 0; i < n; i++) largest[i] = Math.max(largest[i]!, Math.abs(z[i]!));
    }
    if (lower <= before) break;
    // The gradient of ‖A·x‖₁ says which columns may be larger.
    const order = Array.from(largest.keys()).sort((i, j) => largest[j]! - largest[i]!);
    const fresh = order.filter((i) => !seen.has(i)).slice(0, t);
    columns = fresh.map((i) => {
      seen.add(i);
      const unit = new Float64Array(n);
      unit[i] = 1;
      return unit;
    });
  }
  return { lower, matvecs: products.spent };
}
