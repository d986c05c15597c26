import { check, EigenError } from "../error.js";
import type { LinearOperator, SyncOperator } from "../operator.js";
import type { Random } from "../random.js";
import { type AsyncVectorSpace, float64, type VectorSpace } from "../space.js";
import { run, type Steps } from "../steps.js";
import { normalize } from "../vectors.js";

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

/** Turns an algorithm in steps into such a function. */
export function estimator<Extra, Result>(
  algorithm: <V>(
    operator: LinearOperator<V>,
    space: AsyncVectorSpace<V>,
    settings: EstimatorSettings<unknown> & Extra,
  ) => Steps<Result>,
): EstimatorFactory<Extra, Result> {
  return (<V>(settings: EstimatorSettings<AsyncVectorSpace<V> | undefined> & Extra) => {
    const { matvecs, seed } = settings ?? {};
    check(matvecs === undefined || matvecs >= 1, `matvecs must be at least 1, got ${matvecs}`);
    check(seed === undefined || Number.isFinite(seed), `seed must be a number, got ${seed}`);
    const space = settings?.space ?? (float64() as unknown as AsyncVectorSpace<V>);
    return (operator: LinearOperator<V>) => run(algorithm(operator, space, settings ?? {}));
  }) as EstimatorFactory<Extra, Result>;
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

/** Mean and its standard error; Infinity from a single sample, which says nothing of its spread. */
export function meanOf(samples: ArrayLike<number>): { value: number; standardError: number } {
  const count = samples.length;
  let value = 0;
  for (let i = 0; i < count; i++) value += samples[i]! / count;
  if (!Number.isFinite(value)) {
    throw new EigenError("not-finite", "a sample is NaN or infinite");
  }
  let square = 0;
  for (let i = 0; i < count; i++) square += (samples[i]! - value) ** 2;
  const standardError = count > 1 ? Math.sqrt(square / (count * (count - 1))) : Infinity;
  return { value, standardError };
}
