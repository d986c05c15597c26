/** Extremal eigenpairs of complex Hermitian operators. */

import { roundingOf, tolerance, trueResidual } from "../certificates/convergence.js";
import { type Checked, recertify } from "../certificates/recertify.js";
import { countProducts, type LinearOperator } from "../operators/operator.js";
import { check, EigenError } from "../solver/error.js";
import { checkNames } from "../solver/names.js";
import { advice } from "../solver/report.js";
import type { EigenResult } from "../solver/result.js";
import { type Shared, sharedSettings } from "../solver/settings.js";
import type { AsyncSolver, Solver } from "../solver/solver.js";
import { run, type Steps, wait } from "../solver/steps.js";
import { type AsyncVectorSpace, float64, type VectorSpace } from "../vectors/space.js";
import { solve, type VectorScope } from "../vectors/vectorScope.js";
import { axpys, dots, rotate } from "../vectors/vectors.js";
import { type LanczosSettings, lanczos } from "./lanczos.js";

/** A complex vector re + i·im. */
export interface ComplexVector<V = Float64Array> {
  re: V;
  im: V;
}

/** Settings of `hermitianLanczos`; `space` is that of the real and the imaginary parts. */
export type HermitianSettings<S> = Omit<LanczosSettings<S>, "certify">;

/**
 * Extremal eigenpairs of a complex Hermitian operator, A = Aᴴ, by thick-restart Lanczos.
 *
 *   A·(x + i·y) = λ·(x + i·y)
 *
 * `apply(v, out)` is given v = { re, im } and fills or returns the same: the rules of
 * `LinearOperator` hold for both parts. The recurrence of Lanczos is real for a Hermitian operator;
 * new vectors are made orthogonal to v and to i·v of each vector before, which are one direction.
 * Each eigenvalue comes as often as it has complex eigenvectors, not twice as in a real embedding;
 * one start vector sees one of each eigenspace, as in `lanczos`.
 *
 * Residuals are made by products of their own.
 *
 * @returns a solver; vectors are unit and orthogonal in vᴴw, of arbitrary phase
 * @throws EigenError "not-symmetric" if vᴴAv has an imaginary part; whatever `lanczos` throws
 * @see Parlett (1998), The Symmetric Eigenvalue Problem; Wu & Simon (2000)
 * @example
 * const pauliY = { n: 2, apply: ({ re, im }) => ({ re: Float64Array.of(im[1], -im[0]), im: Float64Array.of(-re[1], re[0]) }) };
 * hermitianLanczos({ k: 2 })(pauliY).values; // [1, -1]
 */
export function hermitianLanczos(
  settings?: HermitianSettings<undefined>,
): Solver<ComplexVector<Float64Array>>;
export function hermitianLanczos<V>(
  settings: HermitianSettings<VectorSpace<V>>,
): Solver<ComplexVector<V>>;
export function hermitianLanczos<V>(
  settings: HermitianSettings<AsyncVectorSpace<V>>,
): AsyncSolver<ComplexVector<V>>;
export function hermitianLanczos<V>(
  settings: HermitianSettings<AsyncVectorSpace<V> | undefined> = {},
): AsyncSolver<ComplexVector<V>> {
  const shared = sharedSettings("hermitianLanczos", settings, "basisSize symmetryTol witness");
  const { k, maxMatvecs } = shared;
  check(maxMatvecs > k, `maxMatvecs must be at least k + 1 = ${k + 1}: the result is checked`);
  const space = settings.space ?? (float64() as unknown as AsyncVectorSpace<V>);
  lanczos({ ...settings, space }); // refuses bad settings before the first product
  return (operator, data = {}) => {
    checkNames("hermitianLanczos()(operator, …)", data, "start");
    for (const z of data.start === undefined ? [] : [data.start].flat()) {
      check(isComplex(z), "start must be { re, im }, or a list of such vectors");
    }
    const watch: Watch<V> = { product: undefined, skew: 0 };
    return solve(complexSpace(space, watch), (scope) =>
      search(operator, scope, shared, settings.symmetryTol ?? 1e-3, watch, (inner) =>
        lanczos({ ...settings, maxMatvecs: maxMatvecs - k, space: scope })(inner, data),
      ),
    );
  };
}

/** What is kept of the last product while it is made orthogonal. */
interface Watch<V> {
  product: ComplexVector<V> | undefined;
  /** ‖Im(VᴴA·v)‖ of the last product: 0 for a Hermitian operator. */
  skew: number;
}

/**
 * Complex vectors over the reals, of twice the dimension, with the inner product Re(xᴴy). Where a
 * vector is measured beside itself and others, which is how it is made orthogonal to them, it loses
 * its parts along i times the others first: all real combinations are then orthogonal in xᴴy.
 */
function complexSpace<V>(
  space: AsyncVectorSpace<V>,
  watch: Watch<V>,
): AsyncVectorSpace<ComplexVector<V>> {
  type Z = ComplexVector<V>;
  const { size, empty, assign } = space;
  const res = (xs: readonly Z[]) => xs.map(({ re }) => re);
  const ims = (xs: readonly Z[]) => xs.map(({ im }) => im);
  const each = (z: Z, f: (part: V) => V): Z => ({ re: f(z.re), im: f(z.im) });
  /** y + Σ aᵢ·xᵢ, in the same object. */
  const add = (a: ArrayLike<number>, xs: readonly Z[], y: Z): Z => {
    y.re = axpys(space, a, res(xs), y.re);
    y.im = axpys(space, a, ims(xs), y.im);
    return y;
  };

  function* measure(xs: readonly Z[], y: Z): Steps<Float64Array> {
    if (xs.length > 1 && xs.at(-1) === y) yield* turnAway(xs.slice(0, -1), y);
    const real = yield* dots(space, res(xs), y.re);
    const imaginary = yield* dots(space, ims(xs), y.im);
    return real.map((sum, i) => sum + imaginary[i]!);
  }

  /** y − Σ i·Im(xᵢᴴy)·xᵢ. */
  function* turnAway(xs: readonly Z[], y: Z): Steps<void> {
    const first = yield* dots(space, res(xs), y.im);
    const second = yield* dots(space, ims(xs), y.re);
    const parts = first.map((sum, i) => sum - second[i]!);
    if (y === watch.product) watch.skew = Math.max(watch.skew, Math.hypot(...parts));
    y.re = axpys(space, parts, ims(xs), y.re);
    y.im = axpys(space, parts.map((part) => -part), res(xs), y.im); // biome-ignore format: one sum
  }

  return {
    epsilon: space.epsilon,
    random: (n, random) => ({ re: space.random(n, random), im: space.random(n, random) }),
    copy: (x) => each(x, (part) => space.copy(part)),
    dot: (x, y) => run(dotOf(measure([x], y))),
    dots: (xs, y) => run(measure(xs, y)),
    axpy: (a, x, y) => add([a], [x], y),
    axpys: add,
    scale: (a, x) => each(x, (part) => space.scale(a, part)),
    release(x) {
      space.release(x.re);
      space.release(x.im);
    },
    rotate(xs, rows, k) {
      const [re, im] = [res(xs), ims(xs)].map((parts) =>
        rotate(space, parts, rows as Float64Array[], k),
      );
      return re!.map((part, i) => ({ re: part, im: im![i]! }));
    },
    ...(empty && { empty: (n) => ({ re: empty.call(space, n), im: empty.call(space, n) }) }),
    ...(assign && {
      assign(to, from) {
        assign.call(space, to.re, from.re);
        assign.call(space, to.im, from.im);
      },
    }),
    ...(size && {
      size({ re, im }) {
        const sizes = [size.call(space, re), size.call(space, im)];
        return sizes[0] === sizes[1] ? sizes[0]! : Number.NaN;
      },
    }),
  };
}

function* dotOf(sums: Steps<Float64Array>): Steps<number> {
  return (yield* sums)[0]!;
}

const isComplex = (z: ComplexVector<unknown> | undefined | null): boolean =>
  [z?.re, z?.im].every((part) => typeof part === "object" && part !== null);

/** Refuses a product that is no complex vector, or shares a part with the vector that was given. */
function guarded<V>(
  operator: LinearOperator<ComplexVector<V>>,
  copies: boolean,
): LinearOperator<ComplexVector<V>> {
  const { n } = operator;
  check(typeof operator.apply === "function", "the operator has no function apply(x, out)");
  function* apply(x: ComplexVector<V>, out: ComplexVector<V>) {
    const z = yield* wait(operator.apply(x, out));
    if (z === undefined) return z;
    if (!isComplex(z)) {
      throw new EigenError("no-result", "a product must be { re, im }, or fill those of out");
    }
    if (!copies && [x.re, x.im].some((part) => part === z.re || part === z.im)) {
      throw new EigenError(
        "broken-contract",
        "operator.apply returned a part that is still in use",
      );
    }
    return z;
  }
  return { n, apply: (x, out) => run(apply(x, out)) };
}

function* search<V>(
  operator: LinearOperator<ComplexVector<V>>,
  scope: VectorScope<ComplexVector<V>>,
  settings: Shared,
  symmetryTol: number,
  watch: Watch<V>,
  inner: (operator: LinearOperator<ComplexVector<V>>) => ReturnType<AsyncSolver<ComplexVector<V>>>,
): Steps<EigenResult<ComplexVector<V>>> {
  const products = countProducts(guarded(operator, scope.assign !== undefined), scope);
  let scale = 0;
  function refuseSkew(): void {
    if (watch.skew <= symmetryTol * scale) return;
    throw new EigenError(
      "not-symmetric",
      `the operator is not Hermitian: vᴴ·A·w and (wᴴ·A·v)* differ by ${watch.skew.toExponential(1)}`,
    );
  }
  function* apply(x: ComplexVector<V>): Steps<ComplexVector<V>> {
    refuseSkew();
    const z = yield* products.apply(x);
    scale = Math.max(scale, Math.sqrt(yield* wait(scope.dot(z, z))));
    watch.product = z;
    return z;
  }
  const found = yield* wait(inner({ n: products.n, apply: (x) => run(apply(x)) }));
  refuseSkew();

  const checked: Checked[] = [];
  for (const [i, v] of found.vectors.entries()) {
    const theta = found.values[i]!;
    const residual = yield* trueResidual(products, scope, v, theta);
    scale = Math.max(scale, Math.abs(theta));
    checked.push({
      residual,
      rounding: roundingOf(scope, scale),
      tolerance: tolerance(settings, theta, scale, scope),
    });
  }
  const certificates = recertify(found, checked);
  const { status } = certificates;
  const message = advice(status, settings) ?? (status === found.status ? found.message : undefined);
  return {
    values: found.values,
    vectors: found.vectors,
    ...certificates,
    matvecs: products.spent,
    ...(message && { message }),
    ...(found.history && { history: found.history }),
  };
}
