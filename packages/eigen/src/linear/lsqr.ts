/** Least squares. */

import { roundingOf } from "../certificates/convergence.js";
import {
  checkAdjoint,
  countBothProducts,
  type RectangularOperator,
  type SyncRectangularOperator,
} from "../singular/rectangular.js";
import { checkNames } from "../solver/names.js";
import { createRandom } from "../solver/random.js";
import { type Steps, wait } from "../solver/steps.js";
import { checkedNorm } from "../vectors/checkedNorm.js";
import { type AsyncVectorSpace, float64, type VectorSpace } from "../vectors/space.js";
import { solve } from "../vectors/vectorScope.js";
import { dots, normalize } from "../vectors/vectors.js";
import {
  type Attempt,
  checkFinite,
  copiedData,
  type LinearData,
  type LinearResult,
  type LinearSettings,
  type LinearStatus,
  linearLimits,
  remainder,
  report,
  type Stop,
  stopBefore,
} from "./system.js";

/** x with the least ‖b − A·x‖, and how far it can be trusted. */
export interface LsqrResult<V = Float64Array> extends LinearResult<V> {
  /** ‖Aᵀ·(b − A·x)‖₂, by products with this x: 0 for a least-squares solution. */
  readonly normalResidual: number;
  /** Of the products, those with Aᵀ. */
  readonly transposedMatvecs: number;
}

/** A configured `lsqr`. */
export interface LsqrSolver<V> {
  (operator: SyncRectangularOperator<V>, data: LinearData<V>): LsqrResult<V>;
  (operator: RectangularOperator<V>, data: LinearData<V>): LsqrResult<V> | Promise<LsqrResult<V>>;
}

/** `lsqr` over an `AsyncVectorSpace`. */
export type AsyncLsqrSolver<V> = (
  operator: RectangularOperator<V>,
  data: LinearData<V>,
) => LsqrResult<V> | Promise<LsqrResult<V>>;

/**
 * A·x = b, or the least ‖b − A·x‖, for an m × n operator, by Golub–Kahan bidiagonalisation.
 *
 * "converged": ‖b − A·x‖ ≤ max(rtol·‖b‖, atol). "least-squares": no x comes that near, and
 * ‖Aᵀ·r‖ ≤ rtol·‖A‖·‖r‖, r = b − A·x. Of all such x it is the shortest one (without `start`). With
 * `lowerBound`, a bound of the smallest singular value from below (m ≥ n), the result bounds the
 * error of x in both cases.
 *
 * @returns a solver; not converging is said in `status`, never thrown
 * @throws EigenError on bad settings, vectors of the wrong length, NaN; "not-adjoint" if
 *   `applyTransposed` is not the transpose of `apply`
 * @see Paige & Saunders (1982), LSQR: an algorithm for sparse linear equations and sparse least squares
 * @example
 * lsqr()(denseRectangular([[1], [1]]), { b: Float64Array.of(1, 3) }).x // [2]
 */
export function lsqr(settings?: LinearSettings<undefined>): LsqrSolver<Float64Array>;
export function lsqr<V>(settings: LinearSettings<VectorSpace<V>>): LsqrSolver<V>;
export function lsqr<V>(settings: LinearSettings<AsyncVectorSpace<V>>): AsyncLsqrSolver<V>;
export function lsqr<V>(
  settings: LinearSettings<AsyncVectorSpace<V> | undefined> = {},
): AsyncLsqrSolver<V> {
  const limits = linearLimits("lsqr", settings);
  const { rtol, atol, lowerBound } = limits;
  const space = settings.space ?? (float64() as unknown as AsyncVectorSpace<V>);
  return (operator, data) => {
    checkNames("lsqr()(operator, …)", data, "b start");
    return solve(space, function* (scope) {
      const { forward, backward } = countBothProducts(operator, scope);
      const apply = (x: V) => forward.apply(x);
      const transposed = (y: V) => backward.apply(y);
      const spent = () => forward.spent + backward.spent;
      // A step takes two products, and the check at the end two more.
      const stop = stopBefore(limits, () => spent() + 3);
      const { b, start } = copiedData(data, forward.n, backward.n, scope);
      const normB = yield* checkedNorm(scope, b, "b");
      const goal = Math.max(rtol * normB, atol);
      let x = start;
      let r = x === undefined ? scope.copy(b) : yield* remainder(apply, scope, b, x);
      let residual = yield* checkedNorm(scope, r, "b − A·x");
      let normal = yield* transposed(r);
      let normalResidual = yield* checkedNorm(scope, normal, "Aᵀ·(b − A·x)");
      x ??= scope.scale(0, scope.copy(normal));
      if (residual > 0 && normalResidual === 0) yield* checkOrthogonal(apply, scope, backward.n, r);
      let scale = residual > 0 ? normalResidual / residual : 0;
      let ended: LinearStatus | undefined;
      for (;;) {
        const size = scale * Math.sqrt(yield* wait(scope.dot(x, x))) + normB;
        const rounding = roundingOf(scope, size);
        const least = normalResidual <= rtol * scale * residual;
        // What the products for it may be wrong by.
        const noise = scale * (rounding + roundingOf(scope, residual));
        const status: LinearStatus | undefined =
          residual <= goal
            ? "converged"
            : residual <= rounding
              ? "rounding"
              : least
                ? "least-squares"
                : normalResidual <= noise
                  ? "rounding"
                  : ended;
        if (status) {
          for (const y of [b, r, normal]) scope.release(y);
          const bound = (normalResidual + noise) / (lowerBound ?? 1) ** 2;
          return {
            ...report({ x, residual, status }, spent(), limits, rounding),
            ...(lowerBound !== undefined && { errorBound: bound }),
            normalResidual,
            transposedMatvecs: backward.spent,
          };
        }
        const target = { residual: 0.99 * goal, normal: 0.99 * rtol };
        const attempt = yield* bidiagonalize(
          apply,
          transposed,
          scope,
          r,
          normal,
          scale,
          target,
          stop,
        );
        scale = Math.max(scale, attempt.scale);
        x = scope.axpy(1, attempt.correction, x);
        for (const y of [attempt.correction, r, normal]) scope.release(y);
        r = yield* remainder(apply, scope, b, x);
        normal = yield* transposed(r);
        const before = [residual, normalResidual] as const;
        residual = yield* checkedNorm(scope, r, "b − A·x");
        normalResidual = yield* checkedNorm(scope, normal, "Aᵀ·(b − A·x)");
        if (attempt.end !== "solved") ended = attempt.end;
        else if (residual > before[0] / 2 && normalResidual > before[1] / 2) ended = "stagnated";
      }
    });
  };
}

/** Where Aᵀ·r = 0 nothing else will be seen of Aᵀ: refuses it unless A gives nothing along r either. */
function* checkOrthogonal<V>(
  apply: (x: V) => Steps<V>,
  space: AsyncVectorSpace<V>,
  n: number,
  r: V,
): Steps<void> {
  const probe = space.random(n, createRandom(0));
  const image = yield* apply(probe);
  const [along, square] = yield* dots(space, [r, image], image);
  const size = Math.sqrt(square! * (yield* wait(space.dot(r, r))));
  if (size > 0) checkAdjoint(Math.abs(along!) / size, 1e-3);
  for (const y of [probe, image]) space.release(y);
}

/** One run on A·d = r, from r, Aᵀ·r and what is known of ‖A‖; no vector is consumed. */
function* bidiagonalize<V>(
  apply: (x: V) => Steps<V>,
  transposed: (y: V) => Steps<V>,
  space: AsyncVectorSpace<V>,
  r: V,
  normal: V,
  size: number,
  target: { readonly residual: number; readonly normal: number },
  stop: () => Stop | undefined,
): Steps<Attempt<V, Stop | "solved">> {
  let { vector: u, norm: residual } = yield* normalize(space, space.copy(r));
  let { vector: v, norm: alpha } = yield* normalize(space, space.copy(normal));
  alpha /= residual;
  let x = space.scale(0, space.copy(v));
  let w = space.copy(v);
  let rest = alpha;
  let scale = Math.max(size, alpha);
  let end: Stop | "solved" | undefined = stop();
  for (let step = 0; !end; step++) {
    const image = yield* apply(v);
    if (step === 0) {
      const onto = yield* wait(space.dot(u, image));
      checkAdjoint(Math.abs(onto - alpha), 1e-3 * Math.max(scale, Math.abs(onto)));
    }
    const left = yield* normalize(space, space.axpy(-alpha, u, image));
    space.release(u);
    u = left.vector;
    const right = yield* normalize(space, space.axpy(-left.norm, v, yield* transposed(u)));
    space.release(v);
    v = right.vector;
    checkFinite(left.norm + right.norm, step + 1);
    scale = Math.max(scale, Math.hypot(alpha, left.norm));
    alpha = right.norm;
    const gamma = Math.hypot(rest, left.norm);
    const cosine = rest / gamma;
    const sine = left.norm / gamma;
    x = space.axpy((cosine * residual) / gamma, w, x);
    w = space.axpy(1, v, space.scale((-sine * alpha) / gamma, w));
    rest = -cosine * alpha;
    residual *= sine;
    const solved = Math.abs(rest) <= Math.max(target.normal, roundingOf(space, 1)) * scale;
    if (solved || residual <= target.residual) end = "solved";
    else end = stop();
  }
  for (const y of [u, v, w]) space.release(y);
  return { correction: x, end, scale };
}
