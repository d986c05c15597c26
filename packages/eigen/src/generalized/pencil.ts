/** The course that the solvers of A·x = λ·B·x share. */

import { epsilonOf, roundingOf, tolerance } from "../certificates/convergence.js";
import { type Checked, recertify } from "../certificates/recertify.js";
import { countProducts, type LinearOperator, type SyncOperator } from "../operators/operator.js";
import { check, EigenError } from "../solver/error.js";
import { advice } from "../solver/report.js";
import type { EigenResult } from "../solver/result.js";
import { checkPairs, type Shared } from "../solver/settings.js";
import type { SolveData } from "../solver/solver.js";
import { type MaybePromise, run, type Steps, wait } from "../solver/steps.js";
import { checkedNorm } from "../vectors/checkedNorm.js";
import type { AsyncVectorSpace } from "../vectors/space.js";
import { copiesOf } from "../vectors/startVector.js";
import type { VectorScope } from "../vectors/vectorScope.js";
import { naming, startMetric } from "./metric.js";
import { complete, type Pair, pairOf, pairSpace } from "./pairs.js";

/** B of the problem A·x = λ·B·x, beside the operator A. */
export interface PencilData<V, Operator = LinearOperator<V>> extends SolveData<V> {
  /** Symmetric positive definite, as large as A. */
  readonly B: Operator;
  /** z ↦ B⁻¹·z, by a factorisation or otherwise; default conjugate gradients with B. */
  readonly solve?: Operator;
}

/** Approximate eigenpairs of A·x = λ·B·x. All norms are those of the problem: see the fields. */
export interface PencilResult<V = Float64Array>
  extends Omit<EigenResult<V>, "upperBound" | "lowerBound"> {
  /** k × [n], vᵢᵀ·B·vⱼ = δᵢⱼ. */
  readonly vectors: V[];
  /** ‖A·v − θ·B·v‖ in the norm √(zᵀB⁻¹z), [k], from products and a solve made for it. */
  readonly residuals: Float64Array;
  /**
   * [k]: an eigenvalue of the pencil lies within this distance of θ: the residual, what the last
   * solve has left, and rounding, 32·ε·(‖A‖ + |θ|·‖B‖)·‖v‖₂/√λmin(B).
   */
  readonly errorBounds: Float64Array;
  /** Products with A, all of them. */
  readonly matvecs: number;
  /** Products with B, those inside of conjugate gradients included. */
  readonly matvecsB: number;
  /** Solves with B, by `solve` or by conjugate gradients. */
  readonly solves: number;
}

/** A configured solver of A·x = λ·B·x. */
export interface PencilSolver<V, Extra = unknown> {
  (operator: SyncOperator<V>, data: PencilData<V, SyncOperator<V>> & Extra): PencilResult<V>;
  (
    operator: LinearOperator<V>,
    data: PencilData<V> & Extra,
  ): PencilResult<V> | Promise<PencilResult<V>>;
}

/** A solver of A·x = λ·B·x over an `AsyncVectorSpace`. */
export type AsyncPencilSolver<V, Extra = unknown> = (
  operator: LinearOperator<V>,
  data: PencilData<V> & Extra,
) => PencilResult<V> | Promise<PencilResult<V>>;

/** A solver of the symmetric problem, about to be run in the inner product of B. */
type Inner<V> = (
  operator: LinearOperator<Pair<V>>,
  settings: {
    readonly space: AsyncVectorSpace<Pair<V>>;
    readonly maxMatvecs: number;
    readonly symmetryTol: number;
  },
  data: { readonly start?: Pair<V>[] },
) => MaybePromise<EigenResult<Pair<V>>>;

/**
 * Solves A·x = λ·B·x by a solver that knows nothing of B, in the space whose inner product is xᵀBy,
 * and checks what it finds with products and solves of its own.
 *
 * @param bounded see `pairSpace`
 */
export function* solvePencil<V>(
  a: LinearOperator<V>,
  data: PencilData<V>,
  scope: VectorScope<V>,
  settings: Shared & { readonly symmetryTol?: number },
  bounded: boolean,
  inner: Inner<V>,
): Steps<PencilResult<V>> {
  const products = countProducts(a, scope);
  const { n } = products;
  const { k, maxMatvecs } = settings;
  checkPairs(k, n);
  check(maxMatvecs > k, `maxMatvecs must be at least k + 1 = ${k + 1}: the result is checked`);
  const metric = yield* startMetric(data.B, data.solve, n, scope, settings.seed);
  const epsilon = epsilonOf(scope) * Math.sqrt(metric.largest / metric.smallest);
  const space = pairSpace(metric, scope, epsilon, bounded);
  let size = 0; // ‖A‖₂, as far as it was seen
  let scale = 0; // the same of B⁻¹·A in the B-norm

  function* multiply(x: V): Steps<V> {
    const z = yield* products.apply(x);
    const [zz, xx] = [yield* wait(scope.dot(z, z)), yield* wait(scope.dot(x, x))];
    // A square that underflows is that of 0 beside larger ones; before any, A is out of range.
    const isSeen = size > 0 && zz < Infinity;
    const length = isSeen ? Math.sqrt(zz) : yield* checkedNorm(scope, z, "a product with A");
    if (xx > 0) size = Math.max(size, length / Math.sqrt(xx));
    return z;
  }
  function* apply(x: Pair<V>): Steps<Pair<V>> {
    if (!x.vector) yield* complete(x, metric, scope);
    const image = yield* multiply(x.vector as V);
    scale = Math.max(scale, Math.abs(yield* wait(scope.dot(x.vector as V, image))));
    return { vector: undefined, image, made: 0 };
  }

  const given = data.start === undefined ? [] : copiesOf(data.start, n, scope, "start");
  const start = given.length > 0 ? given.map(pairOf<V>) : undefined;
  // What solves with B leave of B⁻¹·A in the worst case, beside its norm: no lack of symmetry in A.
  const noise = roundingOf(scope, metric.largest / metric.smallest);
  const inside = {
    space,
    maxMatvecs: maxMatvecs - k, // the last ones are those of the check
    symmetryTol: Math.max(settings.symmetryTol ?? 1e-3, noise),
  };
  const found = yield* naming("B⁻¹·A", "out-of-range not-finite", () =>
    inner({ n, apply: (x) => run(apply(x)) }, inside, { ...(start && { start }) }),
  );
  for (const x of given) scope.release(x);

  const { values } = found;
  for (const value of values) scale = Math.max(scale, Math.abs(value));
  const vectors: V[] = [];
  const checked: Checked[] = [];
  for (const [i, pair] of found.vectors.entries()) {
    if (!pair.vector) yield* complete(pair, metric, scope);
    if (pair.image) scope.release(pair.image);
    const { vector, ...numbers } = yield* verify(pair.vector as V, values[i]!);
    vectors.push(vector);
    checked.push({
      ...numbers,
      tolerance: tolerance(settings, values[i]!, scale, space),
      lost: Math.abs(values[i]!) <= noise * scale && noise > 1e-3 * settings.rtol,
    });
  }

  /** ‖A·v − θ·B·v‖ in the norm of B⁻¹ for v of unit B-norm; consumes x. */
  function* verify(x: V, theta: number) {
    const { image, square } = yield* metric.apply(x);
    const length = Math.sqrt(square);
    const vector = scope.scale(1 / length, x);
    const r = scope.axpy(-theta / length, image, yield* multiply(vector));
    scope.release(image);
    const euclid = Math.sqrt(yield* wait(scope.dot(vector, vector)));
    // With s = r − B·y:  rᵀB⁻¹r = yᵀ(r + s) + sᵀB⁻¹s  whatever y is.
    const { y, image: by, rest } = yield* metric.solve(r);
    const [yr, ys] = [yield* wait(scope.dot(y, r)), yield* wait(scope.dot(y, rest))];
    const ss = yield* wait(scope.dot(rest, rest));
    for (const v of [y, by, rest, r]) scope.release(v);
    const residual = Math.sqrt(Math.max(0, yr + ys) + ss / metric.smallest);
    const norms = (size + Math.abs(theta) * metric.largest) * euclid;
    const rounding = roundingOf(scope, norms) / Math.sqrt(metric.smallest);
    if (residual + rounding < Infinity) return { vector, residual, rounding };
    throw new EigenError("out-of-range", "squares of A, B or λ overflow: scale A and B towards 1");
  }

  const certificates = recertify(found, checked);
  const { status } = certificates;
  const message = advice(status, settings) ?? (status === found.status ? found.message : undefined);
  return {
    values,
    vectors,
    ...certificates,
    matvecs: products.spent,
    matvecsB: metric.products,
    solves: metric.solves,
    ...(message && { message }),
    ...(found.history && { history: found.history }),
  };
}
