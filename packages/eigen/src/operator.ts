import { checkCount, EigenError } from "./error.js";
import type { AsyncVectorSpace } from "./space.js";
import { type MaybePromise, type Steps, wait } from "./steps.js";

/**
 * A symmetric n × n matrix A, known only by its products.
 *
 * `apply(x, out)` either fills `out` or returns A·x, at once or as a promise. x must not be
 * changed. `out` holds arbitrary numbers and is handed over for typed arrays only; a returned vector
 * belongs to the solver (typed arrays are copied from it at once, so an operator may return the
 * same buffer each time).
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
  apply(x: V): Steps<V>;
}

/** Wraps an operator: counts its products, owns their memory, and refuses malformed ones. */
export function countProducts<V>(
  operator: LinearOperator<V>,
  space: AsyncVectorSpace<V>,
): Products<V> {
  const { n } = operator;
  checkCount("operator.n", n);
  let spent = 0;

  function* apply(x: V): Steps<V> {
    const out = space.empty?.(n);
    // Without `empty` the space has no writable vectors and its operators ignore `out`.
    const result = (yield* wait(operator.apply(x, out as V))) ?? out;
    spent++;
    if (result === undefined) throw new EigenError("no-result", "operator.apply returned nothing");
    if (result === out) return result;
    checkSize(result, n, space, "the product");
    if (out === undefined || !space.assign) return result === x ? space.copy(x) : result;
    space.assign(out, result);
    return out;
  }

  return {
    n,
    get spent() {
      return spent;
    },
    apply,
  };
}

/** Throws EigenError "size-mismatch" if the space can tell that x is not of length n. */
export function checkSize<V>(x: V, n: number, space: AsyncVectorSpace<V>, what: string): void {
  const size = space.size?.(x);
  if (size !== undefined && size !== n) {
    throw new EigenError("size-mismatch", `${what} has length ${size}, operator.n is ${n}`);
  }
}
