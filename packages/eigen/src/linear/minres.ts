/** Symmetric indefinite systems. */

import { epsilonOf } from "../certificates/convergence.js";
import { checkRange } from "../solver/error.js";
import { type Steps, wait } from "../solver/steps.js";
import { checkedNorm } from "../vectors/checkedNorm.js";
import type { AsyncVectorSpace, VectorSpace } from "../vectors/space.js";
import { normalize } from "../vectors/vectors.js";
import {
  type AsyncLinearSolver,
  type Attempt,
  type LinearSettings,
  type LinearSolver,
  type LinearStatus,
  type Method,
  type Outcome,
  refine,
  remainder,
  type Solution,
  type System,
  symmetricSolver,
} from "./system.js";

/**
 * A·x = b for a symmetric operator, definite or not, by minimal residuals.
 *
 *   x = the vector of the Krylov space with the smallest ‖b − A·x‖
 *
 * If A is singular and no x gives b, the status is "least-squares", and x is the shortest of those
 * with the smallest residual. With `lowerBound`, a bound of the
 * smallest |eigenvalue| from below, the result bounds the error of x.
 *
 * @returns a solver; not converging is said in `status`, never thrown
 * @throws EigenError on bad settings, vectors of the wrong length, NaN
 * @see Paige & Saunders (1975), Solution of sparse indefinite systems of linear equations; Liu,
 *   Milzarek & Roosta (2023), Obtaining pseudo-inverse solutions with MINRES
 * @example minres()(denseOperator([[0, 1], [1, 0]]), { b: Float64Array.of(2, 3) }).x // [3, 2]
 */
export function minres(settings?: LinearSettings<undefined>): LinearSolver<Float64Array>;
export function minres<V>(settings: LinearSettings<VectorSpace<V>>): LinearSolver<V>;
export function minres<V>(settings: LinearSettings<AsyncVectorSpace<V>>): AsyncLinearSolver<V>;
export function minres<V>(
  settings: LinearSettings<AsyncVectorSpace<V> | undefined> = {},
): AsyncLinearSolver<V> {
  return symmetricSolver("minres", settings, "b start", () => minimalResiduals, leastSquares);
}

/** Lanczos on r, with its tridiagonal matrix turned triangular by plane rotations on the way. */
export function* minimalResiduals<V>(
  ...[system, r, norm, target, size]: Parameters<Method<V>>
): Steps<Attempt<V>> {
  const { apply, space, stop } = system;
  let x = space.scale(0, space.copy(r));
  let v = space.scale(1 / norm, space.copy(r));
  let older: V | undefined;
  // The last two directions that x went along.
  let w1: V | undefined;
  let w2: V | undefined;
  let beta = 0;
  // The last rotation, and what it and the one before have left of the coming column.
  let cosine = -1;
  let sine = 0;
  let below = 0;
  let above = 0;
  let residual = norm;
  let scale = size;
  let end: Outcome | undefined;
  const digits = Math.sqrt(epsilonOf(space));
  for (let step = 0; !end; step++) {
    end = stop();
    if (end) break;
    let next = yield* apply(v);
    const alpha = yield* wait(space.dot(v, next));
    next = space.axpy(-alpha, v, next);
    if (older !== undefined) {
      next = space.axpy(-beta, older, next);
      space.release(older);
    }
    const { vector, norm: coming } = yield* normalize(space, next);
    scale = Math.max(scale, Math.abs(alpha), beta, coming);
    checkRange(scale, step + 1, space.epsilon);
    const far = above;
    const near = cosine * below + sine * alpha;
    const rest = sine * below - cosine * alpha;
    above = sine * coming;
    below = -cosine * coming;
    // ‖A·r‖/‖r‖ of the x so far: it has the least residual where this is nothing, and beyond that x
    // grows without an end. Lanczos vectors that are no longer orthogonal keep half of the digits.
    if (Math.hypot(rest, below) <= digits * scale) {
      end = "singular";
      older = v;
      v = vector;
      break;
    }
    const gamma = Math.hypot(rest, coming);
    cosine = rest / gamma;
    sine = coming / gamma;
    let w = space.copy(v);
    if (w1 !== undefined) w = space.axpy(-near, w1, w);
    if (w2 !== undefined) {
      w = space.axpy(-far, w2, w);
      space.release(w2);
    }
    w2 = w1;
    w1 = space.scale(1 / gamma, w);
    // A·w has length 1.
    if (Math.sqrt(yield* wait(space.dot(w1, w1))) * scale > 1 / digits) end = "singular";
    else x = space.axpy(cosine * residual, w1, x);
    residual *= sine;
    older = v;
    v = vector;
    beta = coming;
    if (!end && Math.abs(residual) <= target) end = "solved";
  }
  for (const y of [v, older, w1, w2]) if (y !== undefined) space.release(y);
  return { correction: x, end: end!, scale };
}

/**
 * Where a method met a direction that A takes to next to nothing: the shortest x of those with the
 * least residual, from the start, since what the method left may be large along such directions.
 *
 * b need not be in the range of A, but A·r is: y with A·y = A·r is the part of r = b − A·x in the
 * range, and d with A·d = y takes it away. Both have a solution, and the shortest is what minimal
 * residuals find.
 */
export function* leastSquares<V>(
  system: System<V>,
  b: V,
  rtol: number,
  found: Solution<V>,
): Steps<Solution<V, LinearStatus>> {
  const { status } = found;
  if (status !== "singular" && status !== "stagnated") return { ...found, status };
  const { apply, space, stop } = system;
  let x = space.scale(0, found.x);
  let r = space.copy(b);
  space.release(found.r);
  let { scale } = found;
  let size = Infinity;
  for (;;) {
    const residual = yield* checkedNorm(space, r, "b − A·x");
    const image = yield* apply(r);
    const before = size;
    size = yield* checkedNorm(space, image, "A·(b − A·x)");
    const enough = size <= Math.max(rtol, 1000 * epsilonOf(space)) * scale * residual;
    const end = stop();
    if (enough || end || size > before / 2) {
      space.release(image);
      return { x, r, residual, status: enough ? "least-squares" : (end ?? "stagnated"), scale };
    }
    const goal = 1000 * epsilonOf(space);
    const part = yield* refine(minimalResiduals, system, image, undefined, goal * size, scale);
    const length = yield* checkedNorm(space, part.x, "A·(b − A·x)");
    const step = yield* refine(minimalResiduals, system, part.x, undefined, goal * length, scale);
    scale = Math.max(scale, part.scale, step.scale);
    x = space.axpy(1, step.x, x);
    for (const y of [image, part.x, part.r, step.x, step.r, r]) space.release(y);
    r = yield* remainder(apply, space, b, x);
  }
}
