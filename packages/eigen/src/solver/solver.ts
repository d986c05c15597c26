/** What a configured solver is. */

import type { LinearOperator, SyncOperator } from "../operators/operator.js";
import type { EigenResult } from "./result.js";

/** What a solve may be given beside the operator. */
export interface SolveData<V> {
  /** Approximate eigenvectors of any norm, for example those of a nearby operator. Not changed. */
  readonly start?: V | readonly V[];
}

/** A configured solver: a synchronous operator gives a result, an asynchronous one a promise. */
export interface Solver<V, Data = SolveData<V>, Result = EigenResult<V>> {
  (operator: SyncOperator<V>, data?: Data): Result;
  (operator: LinearOperator<V>, data?: Data): Result | Promise<Result>;
}

/** A solver over an `AsyncVectorSpace`. */
export type AsyncSolver<V, Data = SolveData<V>, Result = EigenResult<V>> = (
  operator: LinearOperator<V>,
  data?: Data,
) => Result | Promise<Result>;
