/** Spectral density and traces of functions, by stochastic Lanczos quadrature. */

import { extend, startKrylov } from "../lanczos/krylov.js";
import { countProducts } from "../operators/operator.js";
import { check, checkNumber, EigenError } from "../solver/error.js";
import { createRandom } from "../solver/random.js";
import { type EstimatorFactory, estimator } from "../trace/estimate.js";
import { normalize } from "../vectors/vectors.js";
import { checkEnds, outerEnd, type RandomStart } from "./ends.js";
import { gauss } from "./gauss.js";
import { type Derivatives, integrals, type SpectralIntegral } from "./integral.js";
import { roundingSoFar } from "./sensitivity.js";

/** Settings of `spectralDensity` beside seed and space; `matvecs` is samples × steps. */
export interface DensitySettings {
  /** Random vectors; default 10. */
  readonly samples?: number;
  /** Lanczos steps from each, hence Gauss nodes; default 40. */
  readonly steps?: number;
  /** No eigenvalue is less: a sharper one than the random start gives, from what is known of A. */
  readonly lowerEnd?: number;
  /** No eigenvalue is more. */
  readonly upperEnd?: number;
}

/** The spectrum of an operator as a measure, estimated from Gauss quadratures. */
export interface SpectralDensity {
  /** Nodes of every sample, descending; they lie inside the spectrum. */
  readonly nodes: Float64Array[];
  /** Their weights; each sample's sum to 1. */
  readonly weights: Float64Array[];
  /** Below every eigenvalue: as given, or with probability 99.9 % over the random vectors. */
  readonly lowerEnd: number;
  /** Above every eigenvalue, likewise. */
  readonly upperEnd: number;
  readonly matvecs: number;
  /** Density at x, smoothed by a normal curve of this width; integrates to 1. */
  density(x: number, width: number): SpectralIntegral;
  /** Fraction of eigenvalues at most x. */
  cumulative(x: number): SpectralIntegral;
  /** tr f(A) = Σᵢ f(λᵢ). The derivatives of Math.log, Math.sqrt and Math.exp are known. */
  trace(f: (lambda: number) => number, derivatives?: Derivatives): SpectralIntegral;
  /**
   * log det A = tr log A. Its interval has no lower end unless `lowerEnd` is positive.
   *
   * @throws EigenError "not-positive-definite" at a node that is not above rounding
   */
  logDeterminant(): SpectralIntegral;
}

/**
 * Spectral density, tr f(A) and log det A by stochastic Lanczos quadrature.
 *
 *   tr f(A) ≈ (n/m)·Σᵢ Σⱼ τᵢⱼ²·f(θᵢⱼ)
 *
 * (θ, τ) are the eigenvalues of the Lanczos matrix T from a random unit vector and the first
 * entries of its eigenvectors: a Gauss rule for the spectral measure of that vector.
 *
 * Each result is an interval. Where the derivatives of f keep their signs, a Gauss rule and a
 * Gauss–Radau rule with a node at an end of the spectrum enclose the quadratic form of every sample;
 * any other f is held against polynomials of degree 2·steps − 1 between the ends. An end is the user's,
 * or follows from the random starts with probability 99.9 %.
 *
 * @throws EigenError "bad-setting" if a Ritz value lies beyond a given end
 * @see Ubaru, Chen & Saad (2017), Fast estimation of tr(f(A)) via stochastic Lanczos quadrature;
 *   Golub & Meurant (2010), Matrices, Moments and Quadrature with Applications
 */
export const spectralDensity: EstimatorFactory<DensitySettings, SpectralDensity> =
  /* @__PURE__ */ estimator(
    "spectralDensity",
    "samples steps",
    function* (operator, space, settings) {
      const { samples = 10, steps = 40, seed = 0 } = settings;
      const { lowerEnd = -Infinity, upperEnd = Infinity } = settings;
      check(lowerEnd <= upperEnd, "lowerEnd must not lie above upperEnd");
      const products = countProducts(operator, space);
      const { n } = products;
      const random = createRandom(seed, 5);
      const starts: RandomStart[] = [];
      for (let sample = 0; sample < samples; sample++) {
        const { vector, norm } = yield* normalize(space, space.random(n, random));
        const krylov = startKrylov(vector);
        const { diagonal, offDiagonal } = krylov;
        do yield* extend(krylov, products, space, 1e-3);
        while (diagonal.length < Math.min(steps, n) && offDiagonal.at(-1) !== 0);
        for (const v of krylov.basis) space.release(v);
        const rounding = roundingSoFar(krylov, space);
        starts.push({ diagonal, offDiagonal, square: norm ** 2, rounding });
      }
      return { ...measure(starts, n, lowerEnd, upperEnd), matvecs: products.spent };
    },
    "lowerEnd upperEnd",
  );

function measure(
  starts: RandomStart[],
  n: number,
  givenLower: number,
  givenUpper: number,
): Omit<SpectralDensity, "matvecs"> {
  const rules = starts.map(gauss);
  const rounding = Math.max(...starts.map((start) => start.rounding));
  const least = Math.min(...rules.map(({ nodes }) => nodes.at(-1)!));
  const most = Math.max(...rules.map(({ nodes }) => nodes[0]!));
  checkEnds({ lowerEnd: givenLower, upperEnd: givenUpper }, least, most, rounding);
  const lowerEnd = Math.max(givenLower, outerEnd(starts, least, -1));
  const upperEnd = Math.min(givenUpper, outerEnd(starts, most, 1));
  const { integral, fraction } = integrals({ starts, rules, n, lowerEnd, upperEnd, rounding });
  return {
    nodes: rules.map((rule) => rule.nodes),
    weights: rules.map((rule) => rule.weights),
    lowerEnd,
    upperEnd,
    density(x, width) {
      checkNumber("x", x, -Infinity);
      check(width > 0 && width < Infinity, `width must be positive, got ${width}`);
      const peak = 1 / (width * Math.sqrt(2 * Math.PI));
      const curve = (y: number) => peak * Math.exp(-(((x - y) / width) ** 2) / 2);
      return integral(curve, 1, undefined, width);
    },
    cumulative: fraction,
    trace: (f, derivatives) => integral(f, n, derivatives),
    logDeterminant() {
      if (!(least > rounding)) {
        throw new EigenError(
          "not-positive-definite",
          `log det needs a positive definite operator; it has an eigenvalue of at most ${least}, give or take ${rounding}`,
        );
      }
      return integral(Math.log, n);
    },
  };
}
