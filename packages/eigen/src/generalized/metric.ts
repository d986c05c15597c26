/** B of A·x = λ·B·x, as an inner product. */

import { epsilonOf, roundingOf } from "../certificates/convergence.js";
import { lanczos } from "../lanczos/lanczos.js";
import { countProducts, type LinearOperator } from "../operators/operator.js";
import { check, EigenError } from "../solver/error.js";
import type { EigenResult } from "../solver/result.js";
import { type MaybePromise, run, type Steps, wait } from "../solver/steps.js";
import type { VectorScope } from "../vectors/vectorScope.js";

/** B of A·x = λ·B·x: its products, its solves, and what is known of its spectrum. */
export interface Metric<V> {
  readonly n: number;
  /** Products with B, those of inner solves included. */
  readonly products: number;
  /** Linear solves with B, by the user's operator or by conjugate gradients. */
  readonly solves: number;
  /** No Rayleigh quotient of B that was seen is below twice this: stands for λmin(B). */
  readonly smallest: number;
  /** λmax(B), to about a tenth. */
  readonly largest: number;
  /** B·x, and xᵀBx, which is refused where it is negative. */
  apply(x: V): Steps<{ image: V; square: number }>;
  /** y ≈ B⁻¹·z with what it leaves; keeps z. */
  solve(z: V): Steps<Solution<V>>;
}

/** An approximate solution y, B·y by a product, and z − B·y. */
interface Solution<V> {
  readonly y: V;
  readonly image: V;
  /** yᵀBy. */
  readonly square: number;
  readonly rest: V;
  /** ‖z − B·y‖₂ / ‖z‖₂. */
  readonly left: number;
}

/** Products or solves for a first look at either end of the spectrum of B. */
const LOOK = 20;
/** The same where B has no solve: λmin(B) is harder to see. */
const LONG_LOOK = 300;
/** Error in the B-norm, relative to the solution, at which conjugate gradients end, if not before. */
const CG_RTOL = 1e-16;
/** Products after which they have failed; rounding delays small problems the most. */
const CG_STEPS = (n: number): number => 20 * n + 200;

/**
 * Looks at both ends of the spectrum of B before anything rests on it.
 *
 * @throws EigenError "not-positive-definite" if B is seen to be indefinite, or singular to rounding
 */
export function* startMetric<V>(
  b: LinearOperator<V>,
  solveWith: LinearOperator<V> | undefined,
  n: number,
  scope: VectorScope<V>,
  seed: number,
): Steps<Metric<V>> {
  check(typeof b?.apply === "function", "B must be an operator { n, apply }");
  for (const [name, size] of [
    ["B", b.n],
    ["solve", solveWith?.n ?? n],
  ]) {
    if (size !== n) throw new EigenError("size-mismatch", `${name} has size ${size}, A has ${n}`);
  }
  const products = countProducts(b, scope);
  const inverse = solveWith && countProducts(solveWith, scope);
  let solves = 0;

  function* ends(name: string, of: typeof products, maxMatvecs: number): Steps<EigenResult<V>> {
    const operator: LinearOperator<V> = { n, apply: (x) => run(of.apply(x)) };
    const look = { k: Math.min(2, n), which: "both", rtol: 0.1, maxMatvecs, seed } as const;
    const result = yield* naming(name, "", () => lanczos({ ...look, space: scope })(operator));
    for (const v of result.vectors) scope.release(v);
    return result;
  }
  const direct = yield* ends("B", products, inverse ? LOOK : LONG_LOOK);
  const largest = direct.values[0]! + direct.residuals[0]!;
  let smallest = direct.values.at(-1)!;
  if (inverse) {
    const inverted = yield* ends("solve", inverse, LOOK);
    refuseUnless(inverted.values.at(-1)! > 0, `B⁻¹ has ${inverted.values.at(-1)} in its spectrum`);
    smallest = Math.min(smallest, 1 / (inverted.values[0]! + inverted.residuals[0]!));
  }
  refuseUnless(
    smallest > n * epsilonOf(scope) * largest,
    `its smallest eigenvalue is ${smallest.toExponential(1)} beside ${largest.toExponential(1)}`,
  );

  function* apply(x: V): Steps<{ image: V; square: number }> {
    const image = yield* products.apply(x);
    const square = yield* wait(scope.dot(x, image));
    const size = yield* wait(scope.dot(x, x));
    if (!(size < Infinity && square < Infinity)) tooLarge();
    if (square > 0) smallest = Math.min(smallest, square / size);
    else refuseUnless(-square <= roundingOf(scope, largest) * size, `xᵀBx = ${square} was met`);
    return { image, square };
  }

  function* norm(x: V): Steps<number> {
    return Math.sqrt(yield* wait(scope.dot(x, x)));
  }

  function* solve(z: V): Steps<Solution<V>> {
    solves++;
    const y = inverse ? yield* inverse.apply(z) : yield* conjugateGradients(z);
    const { image, square } = yield* apply(y);
    const rest = scope.axpy(-1, image, scope.copy(z));
    const [all, part] = [yield* norm(z), yield* norm(rest)];
    return { y, image, square, rest, left: all > 0 ? part / all : 0 };
  }

  function tooLarge(): never {
    throw new EigenError(
      "out-of-range",
      `a vector B⁻¹·z, with B of size ${largest.toExponential(0)}, has a square that no float64 holds: scale A and B towards 1`,
    );
  }

  /** The best solution of B·x = z within `CG_STEPS` products; for z/‖z‖, whose squares have room. */
  function* conjugateGradients(z: V): Steps<V> {
    const length = yield* norm(z);
    let r = scope.copy(z);
    if (length > 0) r = scope.scale(1 / length, r);
    let x = scope.scale(0, scope.copy(r));
    let p = scope.copy(r);
    let rho = yield* wait(scope.dot(r, r));
    let energy = 0; // ‖x‖² in the B-norm
    for (let step = 0; rho > 0 && step < CG_STEPS(n); step++) {
      const q = yield* products.apply(p);
      const curvature = yield* wait(scope.dot(p, q));
      const square = yield* wait(scope.dot(p, p));
      refuseUnless(curvature > 0, `pᵀBp = ${curvature} was met on a direction p`);
      smallest = Math.min(smallest, curvature / square);
      const alpha = rho / curvature;
      energy += alpha * rho;
      x = scope.axpy(alpha, p, x);
      r = scope.axpy(-alpha, q, r);
      scope.release(q);
      const next = yield* wait(scope.dot(r, r));
      p = scope.axpy(1, r, scope.scale(next / rho, p));
      rho = next;
      const size = Math.sqrt(yield* wait(scope.dot(x, x)));
      const rounding = epsilonOf(scope) * largest * size;
      if (Math.sqrt(rho) <= Math.max(CG_RTOL * Math.sqrt(smallest * energy), rounding)) break;
    }
    scope.release(r);
    scope.release(p);
    return scope.scale(length, x);
  }

  return {
    n,
    get products() {
      return products.spent;
    },
    get solves() {
      return inverse ? inverse.spent : solves;
    },
    get smallest() {
      return smallest / 2;
    },
    largest,
    apply,
    solve,
  };
}

/**
 * Says in the errors of a solver which operator it was at work on.
 *
 * @param codes of the errors meant, with a blank between them; "": all
 */
export function* naming<T>(name: string, codes: string, work: () => MaybePromise<T>): Steps<T> {
  try {
    return yield* wait(work());
  } catch (error) {
    if (!(error instanceof EigenError) || !codes.includes(codes && error.code)) throw error;
    throw new EigenError(error.code, `${name}: ${error.message}`);
  }
}

function refuseUnless(condition: boolean, seen: string): asserts condition {
  if (condition) return;
  throw new EigenError(
    "not-positive-definite",
    `B must be positive definite, but ${seen}: is it B, or are A and B exchanged?`,
  );
}
