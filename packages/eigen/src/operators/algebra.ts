/** Sums, products and multiples of operators. */

import { check, EigenError } from "../solver/error.js";
import { checkNames } from "../solver/names.js";
import type { Steps } from "../solver/steps.js";
import { type AsyncVectorSpace, float64 } from "../vectors/space.js";
import { solve } from "../vectors/vectorScope.js";
import { countProducts, type LinearOperator, type SyncOperator } from "./operator.js";

/** Over which vectors a composed operator works; default `float64()`. */
export interface CompositionOptions<V> {
  readonly space?: AsyncVectorSpace<V>;
}

/**
 * (A₁ + A₂ + …)·x.
 *
 * @throws EigenError "size-mismatch" if the sizes differ
 * @example
 * const a = denseOperator([[1, 2], [2, 3]]);
 * sum([a, a]).apply(Float64Array.of(1, 0)); // [2, 4]
 */
export function sum<V = Float64Array>(
  operators: readonly SyncOperator<V>[],
  options?: CompositionOptions<V>,
): SyncOperator<V>;
export function sum<V = Float64Array>(
  operators: readonly LinearOperator<V>[],
  options?: CompositionOptions<V>,
): LinearOperator<V>;
export function sum<V = Float64Array>(
  operators: readonly LinearOperator<V>[],
  options: CompositionOptions<V> = {},
): LinearOperator<V> {
  return compose("sum(operators, …)", operators, options, function* (factors, space, x) {
    let total: V | undefined;
    for (const factor of factors) {
      const term = yield* factor(x);
      if (total === undefined) total = term;
      else {
        total = space.axpy(1, term, total);
        space.release(term);
      }
    }
    return total!;
  });
}

/**
 * (c·A)·x.
 * @example
 * scaled(denseOperator([[1, 2], [2, 3]]), 10).apply(Float64Array.of(1, 0)); // [10, 20]
 */
export function scaled<V = Float64Array>(
  operator: SyncOperator<V>,
  factor: number,
  options?: CompositionOptions<V>,
): SyncOperator<V>;
export function scaled<V = Float64Array>(
  operator: LinearOperator<V>,
  factor: number,
  options?: CompositionOptions<V>,
): LinearOperator<V>;
export function scaled<V = Float64Array>(
  operator: LinearOperator<V>,
  factor: number,
  options: CompositionOptions<V> = {},
): LinearOperator<V> {
  return compose("scaled(operator, …)", [operator], options, function* ([apply], space, x) {
    return space.scale(factor, yield* apply!(x));
  });
}

/**
 * (A − σ·I)·x.
 * @example
 * shifted(denseOperator([[1, 2], [2, 3]]), 1).apply(Float64Array.of(1, 0)); // [0, 2]
 */
export function shifted<V = Float64Array>(
  operator: SyncOperator<V>,
  shift: number,
  options?: CompositionOptions<V>,
): SyncOperator<V>;
export function shifted<V = Float64Array>(
  operator: LinearOperator<V>,
  shift: number,
  options?: CompositionOptions<V>,
): LinearOperator<V>;
export function shifted<V = Float64Array>(
  operator: LinearOperator<V>,
  shift: number,
  options: CompositionOptions<V> = {},
): LinearOperator<V> {
  return compose("shifted(operator, …)", [operator], options, function* ([apply], space, x) {
    return space.axpy(-shift, x, yield* apply!(x));
  });
}

/**
 * A₁·(A₂·(…·x)). The product of symmetric operators is symmetric only if they commute or read the
 * same from both ends (A·A, B·A·B); a solver finds out if it is not.
 * @example
 * const a = denseOperator([[1, 2], [2, 3]]);
 * product([a, a]).apply(Float64Array.of(1, 0)); // [5, 8]
 */
export function product<V = Float64Array>(
  operators: readonly SyncOperator<V>[],
  options?: CompositionOptions<V>,
): SyncOperator<V>;
export function product<V = Float64Array>(
  operators: readonly LinearOperator<V>[],
  options?: CompositionOptions<V>,
): LinearOperator<V>;
export function product<V = Float64Array>(
  operators: readonly LinearOperator<V>[],
  options: CompositionOptions<V> = {},
): LinearOperator<V> {
  return compose("product(operators, …)", operators, options, function* (factors, space, x) {
    let y = x;
    for (const factor of [...factors].reverse()) {
      const next = yield* factor(y);
      if (y !== x) space.release(y);
      y = next;
    }
    return y;
  });
}

/** An operator out of steps: synchronous as long as everything that it calls is. */
function compose<V = Float64Array>(
  what: string,
  operators: readonly LinearOperator<V>[],
  options: CompositionOptions<V>,
  body: (factors: readonly ((x: V) => Steps<V>)[], space: AsyncVectorSpace<V>, x: V) => Steps<V>,
): LinearOperator<V> {
  checkNames(what, options, "space");
  check(operators.length > 0, "no operator to compose");
  const n = operators[0]!.n;
  for (const operator of operators) {
    if (operator.n === n) continue;
    throw new EigenError("size-mismatch", `operators of sizes ${n} and ${operator.n}`);
  }
  const space = options.space ?? (float64() as unknown as AsyncVectorSpace<V>);
  const factors = operators.map((operator) => countProducts(operator, space));
  return {
    n,
    apply: (x) =>
      solve(space, (scope) => {
        const applies = factors.map((factor) => (y: V) => factor.apply(y, scope));
        return body(applies, scope, x);
      }),
  };
}
