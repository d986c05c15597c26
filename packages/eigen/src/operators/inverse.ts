/** The inverse of an operator, by a solver of linear systems. */

import { solveShifted } from "../linear/shifted.js";
import { check, checkCount, checkNumber, EigenError } from "../solver/error.js";
import { checkNames } from "../solver/names.js";
import { type AsyncVectorSpace, float64 } from "../vectors/space.js";
import { solve } from "../vectors/vectorScope.js";
import type { CompositionOptions } from "./algebra.js";
import { countProducts, type LinearOperator, type SyncOperator } from "./operator.js";

/** Settings of `inverse`. */
export interface InverseOptions<V> extends CompositionOptions<V> {
  /** σ; default 0. */
  readonly shift?: number;
  /** ‖b − (A − σ·I)·x‖ ≤ rtol·‖b‖ ends a solve; default 1e-12. */
  readonly rtol?: number;
  /** Products for one solve; default 10·n. */
  readonly maxMatvecs?: number;
}

/** An inverse operator that says what its solves have cost. */
export interface InverseCost {
  /** Products with A so far, in all solves. */
  readonly matvecs: number;
}

/**
 * (A − σ·I)⁻¹·x by minimal residuals: "shift-invert", for σ below, above or inside of the spectrum.
 *
 * The eigenvalues of A nearest to σ become the largest in magnitude, μ = 1/(λ − σ), well separated.
 * `eigenvaluesNear` does all of it, with bounds for A itself; this is the operator alone. Each product
 * is one linear solve: its error, rtol, limits the residual that a solver can reach, a solver counts
 * it as one of its `matvecs`, and `matvecs` of this operator counts the products inside.
 *
 * @throws EigenError "singular" if σ is an eigenvalue of A to rounding, "no-result" if the products
 *   run out
 * @see Paige & Saunders (1975), Solution of sparse indefinite systems of linear equations
 */
export function inverse<V = Float64Array>(
  operator: SyncOperator<V>,
  options?: InverseOptions<V>,
): SyncOperator<V> & InverseCost;
export function inverse<V = Float64Array>(
  operator: LinearOperator<V>,
  options?: InverseOptions<V>,
): LinearOperator<V> & InverseCost;
export function inverse<V = Float64Array>(
  operator: LinearOperator<V>,
  options: InverseOptions<V> = {},
): LinearOperator<V> & InverseCost {
  checkNames("inverse(operator, …)", options, "shift rtol maxMatvecs space");
  const { shift = 0, rtol = 1e-12, maxMatvecs = 10 * operator.n } = options;
  check(Number.isFinite(shift), `shift must be a number, got ${shift}`);
  checkNumber("rtol", rtol, Number.MIN_VALUE);
  checkCount("maxMatvecs", maxMatvecs);
  const space = options.space ?? (float64() as unknown as AsyncVectorSpace<V>);
  const products = countProducts(operator, space);
  return {
    n: operator.n,
    get matvecs() {
      return products.spent;
    },
    apply: (b) =>
      solve(space, function* (scope) {
        const end = products.spent + maxMatvecs;
        const stop = () => (products.spent + 1 >= end ? "budget-spent" : undefined);
        const inside = { n: products.n, spent: 0, apply: (x: V) => products.apply(x, scope) };
        const { x, r, status } = yield* solveShifted(inside, scope, shift, b, rtol, stop);
        scope.release(r);
        if (status === "converged" || status === "rounding") return x;
        const what =
          status === "stagnated"
            ? "the products are too inaccurate, or A is not symmetric"
            : `${maxMatvecs} products did not solve`;
        throw new EigenError("no-result", `${what} to rtol = ${rtol}: raise maxMatvecs or rtol`);
      }),
  };
}
