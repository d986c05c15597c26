import { tridiagonalEigen } from "./dense/tridiagonal.js";
import { check, EigenError } from "./error.js";
import { extend, startKrylov } from "./krylov.js";
import { countProducts } from "./operator.js";
import { createRandom } from "./random.js";
import { startVector } from "./startVector.js";
import { type EstimatorFactory, estimator, meanOf } from "./trace/estimate.js";

/** Settings of `spectralDensity` beside seed and space; `matvecs` is samples × steps. */
export interface DensitySettings {
  /** Random vectors; default 10. */
  readonly samples?: number;
  /** Lanczos steps from each, hence Gauss nodes; default 40. */
  readonly steps?: number;
}

/** An estimate of tr f(A). */
export interface FunctionTrace {
  readonly value: number;
  /** Spread over the random vectors. */
  readonly standardError: number;
  /** How much the value changes when each quadrature uses a quarter of its nodes less. */
  readonly quadratureError: number;
}

/** The spectrum of an operator as a measure, estimated from Gauss quadratures. */
export interface SpectralDensity {
  /** Nodes of every sample, descending; they lie inside the spectrum. */
  readonly nodes: Float64Array[];
  /** Their weights; each sample's sum to 1. */
  readonly weights: Float64Array[];
  readonly matvecs: number;
  /** Density at x, smoothed by a normal curve of this width; integrates to 1. */
  density(x: number, width: number): number;
  /** Fraction of eigenvalues at most x, and its standard error. */
  cumulative(x: number): { value: number; standardError: number };
  /** tr f(A) = Σᵢ f(λᵢ). */
  trace(f: (lambda: number) => number): FunctionTrace;
  /** log det A = tr log A. @throws EigenError "not-positive-definite" at a node ≤ 0 */
  logDeterminant(): FunctionTrace;
}

/**
 * Spectral density, tr f(A) and log det A by stochastic Lanczos quadrature.
 *
 *   tr f(A) ≈ (n/m)·Σᵢ Σⱼ τᵢⱼ²·f(θᵢⱼ)
 *
 * (θ, τ) are the eigenvalues of the Lanczos matrix T from a random unit vector and the first
 * entries of its eigenvectors: a Gauss rule for the spectral measure of that vector.
 *
 * @see Ubaru, Chen & Saad (2017), Fast estimation of tr(f(A)) via stochastic Lanczos quadrature
 */
export const spectralDensity: EstimatorFactory<DensitySettings, SpectralDensity> =
  /* @__PURE__ */ estimator(
    "spectralDensity",
    "samples steps",
    function* (operator, space, { samples = 10, steps = 40, seed = 0 }) {
      const products = countProducts(operator, space);
      const { n } = products;
      const random = createRandom(seed, 5);
      const rules: Rule[] = [];
      const shorter: Rule[] = [];
      for (let sample = 0; sample < samples; sample++) {
        const krylov = startKrylov(yield* startVector(undefined, n, space, random));
        const { diagonal, offDiagonal } = krylov;
        do yield* extend(krylov, products, space, 1e-3);
        while (diagonal.length < Math.min(steps, n) && offDiagonal.at(-1) !== 0);
        for (const v of krylov.basis) space.release(v);
        const m = diagonal.length;
        rules.push(gauss(diagonal, offDiagonal, m));
        // An exhausted space makes the rule exact: then there is no quadrature error to estimate.
        const less = offDiagonal[m - 1] === 0 ? m : Math.max(1, m - Math.ceil(m / 4));
        shorter.push(gauss(diagonal, offDiagonal, less));
      }
      return measure(rules, shorter, n, products.spent);
    },
  );

interface Rule {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

function gauss(diagonal: number[], offDiagonal: number[], m: number): Rule {
  const first = new Float64Array(m);
  first[0] = 1;
  const nodes = tridiagonalEigen(diagonal.slice(0, m), offDiagonal.slice(0, m), [first]);
  return { nodes, weights: first.map((s) => s * s) };
}

function measure(rules: Rule[], shorter: Rule[], n: number, matvecs: number): SpectralDensity {
  const integrate = (of: Rule[], f: (lambda: number) => number) =>
    meanOf(
      of.map(({ nodes, weights }) => nodes.reduce((sum, x, i) => sum + weights[i]! * f(x), 0)),
    );
  const trace = (f: (lambda: number) => number): FunctionTrace => {
    const { value, standardError } = integrate(rules, f);
    const change = Math.abs(value - integrate(shorter, f).value);
    return { value: n * value, standardError: n * standardError, quadratureError: n * change };
  };
  return {
    nodes: rules.map((rule) => rule.nodes),
    weights: rules.map((rule) => rule.weights),
    matvecs,
    density(x, width) {
      check(width > 0, `width must be positive, got ${width}`);
      const peak = 1 / (width * Math.sqrt(2 * Math.PI));
      return integrate(rules, (y) => peak * Math.exp(-(((x - y) / width) ** 2) / 2)).value;
    },
    cumulative: (x) => integrate(rules, (y) => (y <= x ? 1 : 0)),
    trace,
    logDeterminant() {
      const smallest = Math.min(...rules.map(({ nodes }) => nodes.at(-1)!));
      if (!(smallest > 0)) {
        throw new EigenError(
          "not-positive-definite",
          `log det needs a positive definite operator; it has a Ritz value ${smallest}`,
        );
      }
      return trace(Math.log);
    },
  };
}
