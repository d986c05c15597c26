/** The course that the solvers of linear systems share. */

import { epsilonOf, roundingOf } from "../certificates/convergence.js";
import { countProducts, type LinearOperator, type SyncOperator } from "../operators/operator.js";
import { check, checkNumber, notFinite } from "../solver/error.js";
import { checkNames } from "../solver/names.js";
import { createRandom } from "../solver/random.js";
import type { Status } from "../solver/result.js";
import { type Steps, wait } from "../solver/steps.js";
import { checkedNorm } from "../vectors/checkedNorm.js";
import { type AsyncVectorSpace, float64 } from "../vectors/space.js";
import { copiesOf } from "../vectors/startVector.js";
import { solve, type VectorScope } from "../vectors/vectorScope.js";

/** Settings of `cg`, `minres` and `lsqr`. */
export interface LinearSettings<S> {
  /** ‖b − A·x‖ ≤ rtol·‖b‖ is small enough; default 1e-8. */
  readonly rtol?: number;
  /** Absolute ‖b − A·x‖ that is small enough; default 0. */
  readonly atol?: number;
  /** Budget of products; default 5000. */
  readonly maxMatvecs?: number;
  /**
   * A number that no |eigenvalue| of A (for `lsqr`: no singular value) lies below, if one is known;
   * `errorBound` follows from it.
   */
  readonly lowerBound?: number;
  /** Ends the solve at the next product with status "aborted". */
  readonly signal?: AbortSignal;
  /** Default `float64()`. */
  readonly space?: S;
}

/** The system beside its operator. */
export interface LinearData<V> {
  /** The right-hand side. Not changed. */
  readonly b: V;
  /** A first guess of x; default 0. Not changed. */
  readonly start?: V;
}

/**
 * How a linear solve ended: as an eigensolver does (`Status`), where "converged" means
 * ‖b − A·x‖ ≤ max(rtol·‖b‖, atol), or
 *
 * - `least-squares`: no x was found that solves the system, and none has a smaller residual r:
 *   ‖Aᵀ·r‖ ≤ rtol·‖A‖·‖r‖. A is singular, or its condition is beyond 1/rtol.
 */
export type LinearStatus = Status | "least-squares";

/** x with A·x ≈ b, and how far it can be trusted. */
export interface LinearResult<V = Float64Array> {
  readonly x: V;
  /** ‖b − A·x‖₂, by a product with this x. */
  readonly residual: number;
  /** ‖x − A⁻¹·b‖₂ is at most this. Present when `lowerBound` was set and A·x = b has a solution. */
  readonly errorBound?: number;
  /** Products with A, all of them. */
  readonly matvecs: number;
  readonly status: LinearStatus;
  /** What it means and what to change, when the status is not "converged". */
  readonly message?: string;
}

/** A configured linear solver: a synchronous operator gives a result, an asynchronous one a promise. */
export interface LinearSolver<V, Data = LinearData<V>> {
  (operator: SyncOperator<V>, data: Data): LinearResult<V>;
  (operator: LinearOperator<V>, data: Data): LinearResult<V> | Promise<LinearResult<V>>;
}

/** A linear solver over an `AsyncVectorSpace`. */
export type AsyncLinearSolver<V, Data = LinearData<V>> = (
  operator: LinearOperator<V>,
  data: Data,
) => LinearResult<V> | Promise<LinearResult<V>>;

/** Limits of one solve. */
export interface LinearLimits {
  readonly rtol: number;
  readonly atol: number;
  readonly maxMatvecs: number;
  readonly lowerBound: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The settings with their defaults filled in, checked once at construction. */
export function linearLimits(name: string, settings: LinearSettings<unknown>): LinearLimits {
  checkNames(name, settings, "rtol atol maxMatvecs lowerBound signal space");
  const { rtol = 1e-8, atol = 0, maxMatvecs = 5000, lowerBound, signal } = settings;
  checkNumber("rtol", rtol, 0);
  checkNumber("atol", atol, 0);
  checkNumber("maxMatvecs", maxMatvecs, 2);
  if (lowerBound !== undefined) checkNumber("lowerBound", lowerBound, Number.MIN_VALUE);
  return { rtol, atol, maxMatvecs, lowerBound, signal };
}

/** A reason to end before the next product. */
export type Stop = "budget-spent" | "aborted";

/** How an attempt at A·d = r ended: "singular" at a direction that A takes to next to nothing. */
export type Outcome = Stop | "solved" | "singular";

/** One run of a Krylov method on A·d = r. */
export interface Attempt<V, E = Outcome> {
  readonly correction: V;
  readonly end: E;
  /** A scale for ‖A‖. */
  readonly scale: number;
}

/** A symmetric operator on its way to a solution. */
export interface System<V> {
  readonly n: number;
  readonly apply: (x: V) => Steps<V>;
  readonly space: AsyncVectorSpace<V>;
  /** A reason to end before the next product, if there is one. */
  readonly stop: () => Stop | undefined;
}

/**
 * A method: d with ‖r − A·d‖ ≤ target as far as its recurrence knows.
 *
 * @param r not consumed
 * @param norm ‖r‖
 * @param scale what is known of ‖A‖
 */
export type Method<V> = (
  system: System<V>,
  r: V,
  norm: number,
  target: number,
  scale: number,
) => Steps<Attempt<V>>;

/** x, r = b − A·x and what is known of them; x and r belong to the caller. */
export interface Solution<V, S = LinearStatus | "singular"> {
  x: V;
  r: V;
  readonly residual: number;
  readonly status: S;
  readonly scale: number;
}

/**
 * A method with its residual checked: each attempt ends in a product that gives b − A·x itself, and
 * where the recurrence had lost it, the next attempt goes on from there.
 *
 * @param goal residual that is small enough
 * @param size what is known of ‖A‖
 */
export function* refine<V>(
  method: Method<V>,
  system: System<V>,
  b: V,
  start: V | undefined,
  goal: number,
  size = 0,
): Steps<Solution<V>> {
  const { apply, space } = system;
  let x = start ?? space.scale(0, space.copy(b));
  const normB = yield* checkedNorm(space, b, "b");
  let r = space.copy(b);
  if (start !== undefined) {
    space.release(r);
    r = yield* remainder(apply, space, b, x);
  }
  let residual = yield* checkedNorm(space, r, "b − A·x");
  let scale = size;
  while (residual > goal) {
    // No recurrence sees more than all digits of its own residual.
    const target = Math.max(0.99 * goal, 4 * epsilonOf(space) * residual);
    const attempt = yield* method(system, r, residual, target, scale);
    scale = Math.max(scale, attempt.scale);
    x = space.axpy(1, attempt.correction, x);
    space.release(attempt.correction);
    space.release(r);
    const length = yield* checkedNorm(space, x, "x");
    r = yield* remainder(apply, space, b, x);
    const before = residual;
    residual = yield* checkedNorm(space, r, "b − A·x");
    if (residual <= goal) break;
    const level = roundingOf(space, scale * length + normB);
    let status: LinearStatus | "singular" | undefined;
    // First of all: in what is rounding a method may find anything.
    if (residual <= level) status = "rounding";
    else if (attempt.end !== "solved") status = attempt.end;
    else if (residual > before / 2) status = "stagnated";
    if (status) return { x, r, residual, status, scale };
  }
  return { x, r, residual, status: "converged", scale };
}

/** b − A·x. */
export function* remainder<V>(
  apply: (x: V) => Steps<V>,
  space: AsyncVectorSpace<V>,
  b: V,
  x: V,
): Steps<V> {
  return space.axpy(1, b, space.scale(-1, yield* apply(x)));
}

/** A size for ‖A‖: ‖A·z‖/‖z‖ of a random z. */
export function* sizeOf<V>({ n, apply, space }: System<V>): Steps<number> {
  const probe = space.random(n, createRandom(0));
  const image = yield* apply(probe);
  const [length, square] = [
    yield* wait(space.dot(probe, probe)),
    yield* wait(space.dot(image, image)),
  ];
  for (const y of [probe, image]) space.release(y);
  return Math.sqrt(square / length);
}

/** Whether the curvature dᵀ·A·d says nothing: A takes d to 0 as far as arithmetic can tell. */
export const isNothing = (
  value: number,
  scale: number,
  space: Pick<AsyncVectorSpace<never>, "epsilon">,
): boolean => Math.abs(value) <= roundingOf(space, scale);

/** Throws EigenError "not-finite" unless the number is one. */
export function checkFinite(value: number, products: number): void {
  if (!Number.isFinite(value)) notFinite(products);
}

/** What the user can change after a solve that ended this way. */
const advices: Partial<Record<LinearStatus, (limits: LinearLimits) => string>> = {
  "budget-spent": ({ rtol, maxMatvecs }) =>
    `${maxMatvecs} products did not reach rtol = ${rtol}: raise maxMatvecs or rtol, or give a preconditioner`,
  rounding: ({ rtol }) =>
    `as accurate as products of this precision are, which is not rtol = ${rtol}: loosen rtol or set atol`,
  stagnated: ({ rtol }) =>
    `the residual stopped above rtol = ${rtol}: the products are too inaccurate, or A is not symmetric or too ill-conditioned`,
  aborted: () => "the signal fired",
  "least-squares": ({ rtol }) =>
    `no x gives b, as far as rtol = ${rtol} tells: A is singular, or of a condition beyond 1/rtol; this x has the smallest residual`,
};

/** The part of a result that follows from a solution. */
export function report<V>(
  { x, residual, status }: Pick<LinearResult<V>, "x" | "residual" | "status">,
  matvecs: number,
  limits: LinearLimits,
  rounding: number,
): LinearResult<V> {
  const message = advices[status]?.(limits);
  const solvable = limits.lowerBound !== undefined && status !== "least-squares";
  return {
    x,
    residual,
    ...(solvable && { errorBound: (residual + rounding) / limits.lowerBound }),
    matvecs,
    status,
    ...(message && { message }),
  };
}

/** A solver for symmetric operators out of a method and what becomes of its solution. */
export function symmetricSolver<V, Data extends LinearData<V>>(
  name: string,
  settings: LinearSettings<AsyncVectorSpace<V> | undefined>,
  dataNames: string,
  methodFor: (data: Data, n: number, scope: VectorScope<V>) => Method<V>,
  finish: (
    system: System<V>,
    b: V,
    rtol: number,
    found: Solution<V>,
  ) => Steps<Solution<V, LinearStatus>>,
): AsyncLinearSolver<V, Data> {
  const limits = linearLimits(name, settings);
  const space = settings.space ?? (float64() as unknown as AsyncVectorSpace<V>);
  return (operator, data) => {
    checkNames(`${name}()(operator, …)`, data, dataNames);
    return solve(space, function* (scope) {
      const products = countProducts(operator, scope);
      const { b, start } = copiedData(data, products.n, products.n, scope);
      const normB = yield* checkedNorm(scope, b, "b");
      const goal = Math.max(limits.rtol * normB, limits.atol);
      const apply = (x: V) => products.apply(x);
      // One product is left for the true residual.
      const stop = stopBefore(limits, () => products.spent + 1);
      const method = methodFor(data, products.n, scope);
      const system = { n: products.n, apply, space: scope, stop };
      const tried = yield* refine(method, system, b, start, goal);
      const found = yield* finish(system, b, limits.rtol, tried);
      scope.release(b);
      scope.release(found.r);
      const size = Math.sqrt(yield* wait(scope.dot(found.x, found.x)));
      const rounding = roundingOf(scope, found.scale * size + normB);
      return report(found, products.spent, limits, rounding);
    });
  };
}

/** A reason to end: the signal, or a budget. */
export function stopBefore(
  { signal, maxMatvecs }: Pick<LinearLimits, "signal" | "maxMatvecs">,
  spent: () => number,
): () => Stop | undefined {
  return () => {
    if (signal?.aborted) return "aborted";
    return spent() >= maxMatvecs ? "budget-spent" : undefined;
  };
}

/** Copies of b (of length m) and of the start (of length n). */
export function copiedData<V>(
  { b, start }: LinearData<V>,
  m: number,
  n: number,
  space: AsyncVectorSpace<V>,
): { b: V; start: V | undefined } {
  check(b !== undefined, "data has no right-hand side b");
  return {
    b: copiesOf([b], m, space, "b")[0]!,
    start: start === undefined ? undefined : copiesOf([start], n, space, "start")[0],
  };
}
