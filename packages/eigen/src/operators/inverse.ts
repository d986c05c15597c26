import { check, EigenError } from "../error.js";
import type { LinearOperator, SyncOperator } from "../operator.js";
import type { AsyncVectorSpace } from "../space.js";
import { type Steps, wait } from "../steps.js";
import { type CompositionOptions, compose } from "./algebra.js";

/** Settings of `inverse`. */
export interface InverseOptions<V> extends CompositionOptions<V> {
  /** σ, below the smallest eigenvalue of A; default 0. */
  readonly shift?: number;
  /** ‖r‖ ≤ rtol·‖x‖ ends the conjugate gradients; default 1e-12. */
  readonly rtol?: number;
  /** Products for one solve; default 10·n. */
  readonly maxMatvecs?: number;
}

/**
 * (A − σ·I)⁻¹·x by conjugate gradients: "shift-invert".
 *
 * The eigenvalues of A nearest above σ become the largest ones, μ = 1/(λ − σ), well separated:
 * `lanczos()(inverse(A))` finds the smallest eigenvalues of a stiff A in a few outer steps. Each
 * product is one linear solve: its error, rtol, limits the residual that a solver can reach, and the
 * products inside it are not part of a solver's `matvecs`.
 *
 * @throws EigenError "not-positive-definite" if A − σ·I is not positive definite,
 *   "no-result" if the products run out
 * @see Hestenes & Stiefel (1952), Methods of conjugate gradients
 */
export function inverse<V = Float64Array>(
  operator: SyncOperator<V>,
  options?: InverseOptions<V>,
): SyncOperator<V>;
export function inverse<V = Float64Array>(
  operator: LinearOperator<V>,
  options?: InverseOptions<V>,
): LinearOperator<V>;
export function inverse<V = Float64Array>(
  operator: LinearOperator<V>,
  options: InverseOptions<V> = {},
): LinearOperator<V> {
  const { shift = 0, rtol = 1e-12, maxMatvecs = 10 * operator.n } = options;
  check(rtol > 0, `rtol must be positive, got ${rtol}`);
  return compose([operator], options, ([apply], space, b) =>
    conjugateGradients(apply!, space, b, shift, rtol, maxMatvecs),
  );
}

function* conjugateGradients<V>(
  apply: (x: V) => Steps<V>,
  space: AsyncVectorSpace<V>,
  b: V,
  shift: number,
  rtol: number,
  maxMatvecs: number,
): Steps<V> {
  let x = space.scale(0, space.copy(b));
  let r = space.copy(b);
  let p = space.copy(b);
  let rho = yield* wait(space.dot(r, r));
  const goal = rtol * rtol * rho;
  for (let step = 0; rho > goal; step++) {
    if (step === maxMatvecs) {
      throw new EigenError(
        "no-result",
        `${maxMatvecs} products did not solve to rtol = ${rtol}: raise maxMatvecs or rtol`,
      );
    }
    const q = space.axpy(-shift, p, yield* apply(p));
    const curvature = yield* wait(space.dot(p, q));
    if (!(curvature > 0)) {
      throw new EigenError(
        "not-positive-definite",
        `A − σ·I has curvature ${curvature.toExponential(1)} along a search direction; lower σ`,
      );
    }
    const alpha = rho / curvature;
    x = space.axpy(alpha, p, x);
    r = space.axpy(-alpha, q, r);
    space.release(q);
    const next = yield* wait(space.dot(r, r));
    p = space.axpy(1, r, space.scale(next / rho, p));
    rho = next;
  }
  space.release(r);
  space.release(p);
  return x;
}
