/** A rule of an op against differences and symmetry. */

import { EossError } from "@eoss/rng";
import { callback, checkTypedOptions, needed, positive, record, text } from "@eoss/rng/internal";
import {
  add,
  memory,
  mul,
  type Scalar,
  sum,
  type Tensor,
  tensor,
  tidy,
} from "@tensorflow/tfjs-core";
import { gradient, linearize } from "../derivatives/linearize.js";
import { disposeTree, flatten, layoutOf, unflatten } from "../parameters/parameters.js";
import { dot, norm } from "../parameters/vectors.js";
import { constant } from "../tape/constant.js";
import { differentiate } from "./differences.js";
import { quasiRandom, type Sample } from "./sample.js";

export interface RuleCheck<Name extends string = string> {
  readonly name: string;
  /** The op under test, written with tfjs: tensors by name to a tensor of any shape. */
  readonly f: (inputs: Record<Name, Tensor>) => Tensor;
  /** The same function in other ops: for a backend that cannot run f outside a recording. */
  readonly reference?: (inputs: Record<Name, Tensor>) => Tensor;
  /** The point at which it is tested; keep away from kinks and from the edge of the domain. */
  readonly inputs: Readonly<Record<Name, Sample>>;
  /** Allowed error relative to the norm of the whole vector; default 1e-4. */
  readonly tolerance?: number;
}

/** Relative errors that a check found; all are 0 for exact derivatives. */
export interface RuleReport {
  readonly name: string;
  /** ‖recorded f − f as it is‖ / ‖f‖: a decomposition computes what its kernel does. */
  readonly valueError: number;
  /** |gᵀv − d/dt L(x + tv)| / (‖g‖·‖v‖), the largest of several directions. */
  readonly gradientError: number;
  /** ‖Hv − d/dt ∇L(x + tv)‖ / ‖Hv‖. */
  readonly hvpError: number;
  /** |uᵀHv − vᵀHu| / (‖u‖·‖Hv‖). */
  readonly symmetryError: number;
  /** How far the differences themselves can be trusted, in the same units. */
  readonly differenceError: number;
  /** Tensors left behind. */
  readonly leaked: number;
}

/** A derivative that is wrong, or that could not be judged. */
export class RuleCheckError extends EossError {
  override readonly name = "RuleCheckError";
  constructor(
    message: string,
    readonly report: RuleReport,
  ) {
    super(`${report.name}: ${message}`);
  }
}

/**
 * Puts the first and second derivatives of an op to the test against differences and symmetry.
 *
 * The loss is L(x) = Σ_k c_k f_k(x) + ½ Σ_k d_k f_k(x)² with fixed c, d of either sign, so that
 *
 *   H = Jᵀ diag(d) J + Σ_k (c_k + d_k f_k) ∇²f_k
 *
 * shows errors of the first derivative J = ∂f/∂x as well as of the second. Values of L are summed in
 * float64 from f; products are compared with differences of the gradient of that same L, which the
 * differences of L have confirmed.
 *
 * @returns the errors, on the backend that is set
 * @throws RuleCheckError if one is larger than the tolerance
 * @example checkRule({ name: "tanh", f: ({ x }) => tf.tanh(x), inputs: { x: sample([2, 3]) } })
 */
export function checkRule<Name extends string>(check: RuleCheck<Name>): RuleReport {
  checkTypedOptions<RuleCheck>("checkRule", check as RuleCheck, {
    ...{ name: needed(text), f: needed(callback), reference: callback },
    ...{ inputs: needed(record("of samples by name")), tolerance: positive },
  });
  const { name, tolerance = 1e-4 } = check;
  const tensorsBefore = memory().numTensors;
  const errors = within(() => derivativeErrors(check as RuleCheck));
  const report = { name, ...errors, leaked: memory().numTensors - tensorsBefore };
  // A sound comparison needs a yardstick finer than the tolerance.
  if (!(report.differenceError <= tolerance / 2)) {
    throw new RuleCheckError(
      `differences are only accurate to ${percent(report.differenceError)} here; choose inputs farther from kinks`,
      report,
    );
  }
  for (const what of ["valueError", "gradientError", "hvpError", "symmetryError"] as const) {
    if (!(report[what] <= tolerance)) {
      throw new RuleCheckError(
        `${what} is ${report[what].toExponential(2)}, allowed ${tolerance}`,
        report,
      );
    }
  }
  if (report.leaked !== 0)
    throw new RuleCheckError(`leaves ${report.leaked} tensors behind`, report);
  return report;
}

function derivativeErrors({ f, reference = f, inputs }: RuleCheck) {
  const point = Object.fromEntries(
    Object.entries(inputs).map(([key, { values, shape }]) => [key, tensor(values, [...shape])]),
  );
  const n = layoutOf(point).size;
  const x = flatten(point, new Float64Array(n));
  const plain = reference(point);
  const outputs = plain.size;
  const c = quasiRandom(outputs, 11).map(awayFromZero);
  const d = quasiRandom(outputs, 12).map(awayFromZero);
  const directions = [1, 2, 3].map((seed) => quasiRandom(n, seed).map((q) => q + 0.25));

  let valueError: number | undefined;
  const loss = (params: Record<string, Tensor>): Scalar => {
    const y = f(params);
    // The first call, at the point itself.
    valueError ??= constant(() => relativeDistance(y.dataSync(), plain.dataSync()));
    const linear = mul(y, tensor(Float32Array.from(c), y.shape));
    const quadratic = mul(
      mul(y, y),
      tensor(
        Float32Array.from(d, (k) => k / 2),
        y.shape,
      ),
    );
    return sum(add(linear, quadratic)) as Scalar;
  };
  const at = (t: number, v: Float64Array) =>
    unflatten(
      x.map((value, i) => value + t * v[i]!),
      point,
    );
  const lossAt = (t: number, v: Float64Array) =>
    within(() => Float64Array.of(lossOf(reference(at(t, v)).dataSync(), c, d)));
  const gradientAt = (t: number, v: Float64Array) =>
    within(() => {
      const result = gradient(loss, at(t, v));
      const flat = flatten(result.gradient, new Float64Array(n));
      disposeTree(result.gradient);
      result.loss.dispose();
      return flat;
    });

  const linearization = linearize(loss, point);
  const g = flatten(linearization.gradient, new Float64Array(n));
  const products = directions.map((v) => {
    const product = linearization.hvp(unflatten(v, point));
    const flat = flatten(product, new Float64Array(n));
    disposeTree(product);
    return flat;
  });
  linearization.dispose();

  let gradientError = 0;
  let hvpError = 0;
  let symmetryError = 0;
  let differenceError = 0;
  for (const [index, v] of directions.entries()) {
    const slope = differentiate((t) => lossAt(t, v));
    const size = norm(g) * norm(v) || 1;
    gradientError = worse(gradientError, Math.abs(dot(g, v) - slope.value[0]!) / size);
    differenceError = worse(differenceError, slope.error / size);
    const product = products[index]!;
    const u = (index + 1) % directions.length;
    const bend = norm(product) || size;
    const skew = dot(directions[u]!, product) - dot(v, products[u]!);
    symmetryError = worse(symmetryError, Math.abs(skew) / (norm(directions[u]!) * bend));
    if (index > 0) continue;
    const expected = differentiate((t) => gradientAt(t, v));
    const scale = Math.max(norm(expected.value), norm(product)) || size;
    hvpError = norm(product.map((h, i) => h - expected.value[i]!)) / scale;
    differenceError = worse(differenceError, expected.error / scale);
  }
  return {
    valueError: valueError ?? Number.NaN,
    gradientError,
    hvpError,
    symmetryError,
    differenceError,
  };
}

/** tidy() for results that are no tensors. */
function within<T>(body: () => T): T {
  let result: T | undefined;
  tidy(() => {
    result = body();
  });
  return result as T;
}

/** L from f's values, in float64. */
function lossOf(y: ArrayLike<number>, c: Float64Array, d: Float64Array): number {
  let total = 0;
  for (let i = 0; i < y.length; i++) total += c[i]! * y[i]! + 0.5 * d[i]! * y[i]! ** 2;
  return total;
}

function relativeDistance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  const difference = Float64Array.from(expected, (y, i) => y - actual[i]!);
  return actual.length === expected.length ? norm(difference) / (norm(expected) || 1) : Number.NaN;
}

/** Weights near zero would hide errors. */
const awayFromZero = (w: number) => w + Math.sign(w || 1) * 0.25;

/** Math.max, except that it keeps NaN. */
const worse = (a: number, b: number) => (b > a || Number.isNaN(b) ? b : a);

const percent = (x: number) => `${(100 * x).toPrecision(2)} %`;
