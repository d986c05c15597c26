/** Conjugate gradients. */

import { countProducts, type LinearOperator } from "../operators/operator.js";
import { check, EigenError } from "../solver/error.js";
import { type Steps, wait } from "../solver/steps.js";
import type { AsyncVectorSpace, VectorSpace } from "../vectors/space.js";
import { dots } from "../vectors/vectors.js";
import { leastSquares } from "./minres.js";
import {
  type AsyncLinearSolver,
  type Attempt,
  checkFinite,
  isNothing,
  type LinearData,
  type LinearSettings,
  type LinearSolver,
  type Method,
  type Outcome,
  sizeOf,
  symmetricSolver,
} from "./system.js";

/** The system that `cg` solves. */
export interface CgData<V> extends LinearData<V> {
  /** Symmetric positive definite approximation of A⁻¹, applied to residuals. */
  readonly preconditioner?: LinearOperator<V>;
}

/**
 * A·x = b for a symmetric positive definite operator, by conjugate gradients.
 *
 * The error ‖x − A⁻¹·b‖ in the norm of A falls with every product; with `lowerBound`, a bound of
 * the smallest eigenvalue from below, the result bounds it in the 2-norm.
 *
 * A singular, semidefinite A is all right. Where no x gives b, `minres` takes over, and the status is
 * "least-squares".
 *
 * @returns a solver; not converging is said in `status`, never thrown
 * @throws EigenError "not-positive-definite" if dᵀ·A·d < 0 on some direction; bad settings, NaN
 * @see Hestenes & Stiefel (1952), Methods of conjugate gradients for solving linear systems
 * @example cg()(denseOperator([[2, 1], [1, 2]]), { b: Float64Array.of(3, 3) }).x // [1, 1]
 */
export function cg(
  settings?: LinearSettings<undefined>,
): LinearSolver<Float64Array, CgData<Float64Array>>;
export function cg<V>(settings: LinearSettings<VectorSpace<V>>): LinearSolver<V, CgData<V>>;
export function cg<V>(
  settings: LinearSettings<AsyncVectorSpace<V>>,
): AsyncLinearSolver<V, CgData<V>>;
export function cg<V>(
  settings: LinearSettings<AsyncVectorSpace<V> | undefined> = {},
): AsyncLinearSolver<V, CgData<V>> {
  return symmetricSolver<V, CgData<V>>(
    "cg",
    settings,
    "b start preconditioner",
    ({ preconditioner }, n, scope) => {
      check(!preconditioner || preconditioner.n === n, "the preconditioner has another size");
      return conjugateGradients(preconditioner && countProducts(preconditioner, scope).apply);
    },
    leastSquares,
  );
}

function conjugateGradients<V>(precondition: ((r: V) => Steps<V>) | undefined): Method<V> {
  return function* (system, start, _, target, size): Steps<Attempt<V>> {
    const { apply, space, stop } = system;
    let x = space.scale(0, space.copy(start));
    let r = space.copy(start);
    let p: V | undefined;
    let rho = 0;
    let scale = size;
    let end: Outcome | undefined;
    for (let step = 0; !end; step++) {
      const z = precondition ? yield* precondition(r) : r;
      const next = yield* wait(space.dot(r, z));
      if (precondition && !(next > 0)) indefinite("the preconditioner", next);
      p = p === undefined ? space.copy(z) : space.axpy(1, z, space.scale(next / rho, p));
      if (precondition) space.release(z);
      rho = next;
      end = stop();
      if (end) break;
      const q = yield* apply(p);
      const [curvature, square] = yield* dots(space, [p, q], q);
      checkFinite(curvature! + square!, step + 1);
      const length = yield* wait(space.dot(p, p));
      const quotient = curvature! / length;
      scale = Math.max(scale, Math.sqrt(square! / length));
      // Where A does next to nothing it may not have shown its size.
      if (quotient < 0) scale = Math.max(scale, yield* sizeOf(system));
      if (isNothing(quotient, scale, space)) end = "singular";
      else if (quotient < 0) indefinite("the operator", quotient);
      else {
        const alpha = rho / curvature!;
        checkFinite(alpha, step + 1);
        x = space.axpy(alpha, p, x);
        r = space.axpy(-alpha, q, r);
        if (Math.sqrt(yield* wait(space.dot(r, r))) <= target) end = "solved";
      }
      space.release(q);
    }
    space.release(r);
    if (p !== undefined) space.release(p);
    return { correction: x, end, scale };
  };
}

function indefinite(what: string, value: number): never {
  throw new EigenError(
    "not-positive-definite",
    `${what} is not positive definite: curvature ${value.toExponential(1)} along a search direction; minres takes an indefinite operator`,
  );
}
