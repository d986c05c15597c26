/** What a linear operator is, and the count and watch over its products. */

import { check, checkCount, EigenError, notFinite } from "../solver/error.js";
import { type MaybePromise, type Steps, wait } from "../solver/steps.js";
import type { AsyncVectorSpace } from "../vectors/space.js";
import type { VectorScope } from "../vectors/vectorScope.js";

/**
 * A symmetric n × n matrix A, known only by its products.
 *
 * `apply(x, out)` either fills `out` or returns A·x, at once or as a promise. x must not be
 * changed. `out` holds arbitrary numbers and is handed over for typed arrays only; a returned vector
 * belongs to the solver (typed arrays are copied from it at once, so an operator may return the
 * same buffer each time). The first products are watched: an operator that breaks these rules is
 * refused with EigenError "broken-contract".
 */
export interface LinearOperator<V = Float64Array> {
  readonly n: number;
  // biome-ignore lint/suspicious/noConfusingVoidType: an operator that fills `out` returns nothing
  apply(x: V, out: V): MaybePromise<V | void>;
}

/** A `LinearOperator` whose products are there when `apply` returns. */
export interface SyncOperator<V = Float64Array> {
  readonly n: number;
  // biome-ignore lint/suspicious/noConfusingVoidType: an operator that fills `out` returns nothing
  apply(x: V, out: V): V | void;
}

/** A·x as a step of an algorithm, and how many have been spent. */
export interface Products<V> {
  readonly n: number;
  readonly spent: number;
  /** @param scope takes charge of the product; default: the space that the products were made over */
  apply(x: V, scope?: VectorScope<V>): Steps<V>;
}

/** How many of the first products are looked at closely; what breaks the contract does so at once. */
const WATCHED = 3;

/**
 * Wraps an operator: counts its products, owns their memory, and refuses one that breaks its
 * contract, which would end in a certificate for another matrix.
 *
 * @param name of the function that multiplies, for messages
 * @throws EigenError "broken-contract" if `apply` changes x, leaves a part of `out` as it was, or
 *   hands back a vector that is in use; "no-result", "size-mismatch", "not-finite"
 */
export function countProducts<V>(
  operator: LinearOperator<V>,
  space: VectorScope<V>,
  name = "apply",
): Products<V> {
  const { n } = operator;
  check(typeof operator.apply === "function", "the operator has no function apply(x, out)");
  checkCount("operator.n", n);
  let spent = 0;

  /** One call of `apply` with `out` filled with a number that no product can be taken for. */
  function* call(x: V, scope: VectorScope<V>, filler?: number): Steps<V> {
    let out = scope.empty?.(n);
    if (out !== undefined && filler !== undefined) out = scope.scale(filler, out);
    // Without `empty` the space has no writable vectors and its operators ignore `out`.
    const result = (yield* wait(operator.apply(x, out as V))) ?? out;
    spent++;
    if (result === undefined) {
      throw new EigenError("no-result", `operator.${name} returned nothing`);
    }
    if (result === out) return result;
    checkSize(result, n, scope, "the product");
    if (result !== x && scope.holds?.(result))
      breach(name, "returned a vector that is still in use");
    if (out === undefined || !scope.assign) {
      return result === x ? scope.copy(x) : (scope.adopt?.(result) ?? result);
    }
    scope.assign(out, result);
    return out;
  }

  function* apply(x: V, scope = space): Steps<V> {
    if (spent >= WATCHED) return yield* call(x, scope);
    const before = scope.copy(x);
    const product = yield* call(x, scope, Number.NaN);
    if ((yield* distance(scope, x, before)) !== 0) breach(name, "changed x");
    if (Number.isNaN(yield* wait(scope.dot(product, product)))) {
      // The operator's own NaN comes again; what it has left as it was does not.
      const again = yield* call(x, scope, 0);
      if (Number.isNaN(yield* wait(scope.dot(again, again)))) notFinite(spent);
      breach(name, "did not write every entry of out, which holds arbitrary numbers before");
    }
    return product;
  }

  return {
    n,
    get spent() {
      return spent;
    },
    apply,
  };
}

/** ‖x − y‖²; consumes y. */
function* distance<V>(scope: VectorScope<V>, x: V, y: V): Steps<number> {
  const difference = scope.axpy(-1, x, y);
  const square = yield* wait(scope.dot(difference, difference));
  scope.release(difference);
  return square;
}

function breach(name: string, what: string): never {
  throw new EigenError("broken-contract", `operator.${name}(x, out) ${what}`);
}

/** Throws EigenError "size-mismatch" if the space can tell that x is not of length n. */
export function checkSize<V>(x: V, n: number, space: AsyncVectorSpace<V>, what: string): void {
  const size = space.size?.(x);
  if (size !== undefined && size !== n) {
    throw new EigenError("size-mismatch", `${what} has length ${size}, not ${n}`);
  }
}
