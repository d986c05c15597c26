/** What the randomised estimators share. */

import {
  countProducts,
  type LinearOperator,
  type Products,
  type SyncOperator,
} from "../operators/operator.js";
import { check, checkCount } from "../solver/error.js";
import { checkNames } from "../solver/names.js";
import { createRandom, type Random } from "../solver/random.js";
import type { Steps } from "../solver/steps.js";
import { checkedNorm } from "../vectors/checkedNorm.js";
import { type AsyncVectorSpace, float64, type VectorSpace } from "../vectors/space.js";
import { solve, type VectorScope } from "../vectors/vectorScope.js";
import { normalize } from "../vectors/vectors.js";

/** Settings of the randomised estimators. */
export interface EstimatorSettings<S = undefined> {
  /** Budget of products. */
  readonly matvecs?: number;
  /** Seed of the random vectors; default 0. */
  readonly seed?: number;
  /** Default `float64()`. */
  readonly space?: S;
}

/** A random estimate and its spread. */
export interface Estimate {
  readonly value: number;
  /** Standard deviation of `value` over the random vectors, estimated from the samples. */
  readonly standardError: number;
  /** value ± error holds the truth in 95 % of all runs, few samples and rounding included. */
  readonly error: number;
  /** How many samples the standard error rests on. */
  readonly samples: number;
  /** Products spent. */
  readonly matvecs: number;
}

/** A configured estimator: synchronous operators give a result, asynchronous ones a promise. */
export interface Estimator<V, Result = Estimate> {
  (operator: SyncOperator<V>): Result;
  (operator: LinearOperator<V>): Result | Promise<Result>;
}

/** An estimator over an `AsyncVectorSpace`. */
export type AsyncEstimator<V, Result = Estimate> = (
  operator: LinearOperator<V>,
) => Result | Promise<Result>;

/** One function for all three kinds of space. */
export interface EstimatorFactory<Extra = object, Result = Estimate> {
  (settings?: EstimatorSettings<undefined> & Extra): Estimator<Float64Array, Result>;
  <V>(settings: EstimatorSettings<VectorSpace<V>> & Extra): Estimator<V, Result>;
  <V>(settings: EstimatorSettings<AsyncVectorSpace<V>> & Extra): AsyncEstimator<V, Result>;
}

/**
 * Turns an algorithm in steps into such a function.
 *
 * @param name of the function, for messages
 * @param own names of its settings beside seed and space, with a blank between them; all are counts
 * @param others names of settings that it checks itself
 */
export function estimator<Extra, Result>(
  name: string,
  own: string,
  algorithm: <V>(
    operator: LinearOperator<V>,
    space: VectorScope<V>,
    settings: EstimatorSettings<unknown> & Extra,
  ) => Steps<Result>,
  others = "",
): EstimatorFactory<Extra, Result> {
  return (<V>(settings: EstimatorSettings<AsyncVectorSpace<V> | undefined> & Extra) => {
    checkNames(name, settings ?? {}, `seed space ${own} ${others}`.trim());
    for (const count of own.split(" ")) {
      const value = settings?.[count as "matvecs"];
      if (value !== undefined) checkCount(count, value);
    }
    const space = settings?.space ?? (float64() as unknown as AsyncVectorSpace<V>);
    return (operator: LinearOperator<V>) =>
      solve(space, (scope) => algorithm(operator, scope, settings ?? {}));
  }) as EstimatorFactory<Extra, Result>;
}

/**
 * An estimator of the trace.
 *
 * @param least products that it needs
 * @param stream of its random numbers; each estimator has its own
 */
export const traceEstimator = (
  name: string,
  least: number,
  stream: number,
  algorithm: <V>(
    products: Products<V>,
    space: VectorScope<V>,
    random: Random,
    matvecs: number,
  ) => Steps<Estimate>,
): EstimatorFactory =>
  estimator(name, "matvecs", (operator, space, { matvecs = 30, seed = 0 }) => {
    check(matvecs >= least, `${name} needs at least ${least} products, got ${matvecs}`);
    return algorithm(countProducts(operator, space), space, createRandom(seed, stream), matvecs);
  });

/**
 * A·x. The first product of an estimator is refused where its square has no float64: a spread would
 * come out as 0 or infinite.
 *
 * @throws EigenError "not-finite", "out-of-range"
 */
export function* imageOf<V>(products: Products<V>, space: VectorScope<V>, x: V): Steps<V> {
  const isFirst = products.spent === 0;
  const image = yield* products.apply(x);
  if (isFirst) yield* checkedNorm(space, image, "the first product with the operator");
  return image;
}

/**
 * A random vector z with E zzᵀ = I: uniform on the sphere of radius √n.
 *
 * Its length is the same each time, so the estimates vary less than with normal entries.
 */
export function* probe<V>(space: AsyncVectorSpace<V>, n: number, random: Random): Steps<V> {
  const { vector } = yield* normalize(space, space.random(n, random));
  return space.scale(Math.sqrt(n), vector);
}
