/** Extremal eigenpairs by thick-restart Lanczos. */

import { countProducts } from "../operators/operator.js";
import { check, checkNumber, checkProbability } from "../solver/error.js";
import { checkNames } from "../solver/names.js";
import { checkBasis, checkPairs, type SolverSettings, sharedSettings } from "../solver/settings.js";
import type { AsyncSolver, Solver } from "../solver/solver.js";
import { type AsyncVectorSpace, float64, type VectorSpace } from "../vectors/space.js";
import { solve } from "../vectors/vectorScope.js";
import { thickRestart } from "./thickRestart.js";

/** Settings of `lanczos`. */
export interface LanczosSettings<S> extends SolverSettings {
  /** Vectors kept at once, besides the one being multiplied; default 2k + 24, at most n. */
  readonly basisSize?: number;
  /** Default `float64()`. */
  readonly space?: S;
  /** Largest |uᵀAv − vᵀAu| on unit vectors, relative to ‖A‖, before an error; default 1e-3. */
  readonly symmetryTol?: number;
  /**
   * δ, for example 0.001: the search goes on until it knows θ ≤ λmax ≤ μ with μ − θ within the
   * tolerance of θ, where λmax > μ has a probability of at most δ over the random start (`upperBound`
   * is μ; at the other end `lowerBound`). It takes no `start`. `basisSize` is 2k + 200 by default, so that
   * most searches need no restart; a smaller one takes more products for the same certificate. A residual alone proves an eigenvalue near θ, not the top one.
   */
  readonly certify?: number;
  /**
   * Residual, relative to the wanted |θ|, that the best unwanted pair must have reached too; default
   * Infinity. A residual only proves that *some* eigenvalue is near θ. At a loose `rtol`, and most of
   * all from a warm start, that may be a neighbour of the wanted one: while the neighbour below is
   * still unresolved, an eigenvalue above may be so too. A witness of one or two `rtol` costs a few
   * products and makes such a miss rare.
   */
  readonly witness?: number;
}

/**
 * Extremal eigenpairs of a symmetric operator by thick-restart Lanczos.
 *
 *   A·v = λ·v,   one product a step, stop rule after every product
 *
 * Residuals are β·|s|, joined with the measured departure of VᵀAV from T: with full
 * reorthogonalisation this equals ‖A·v − θ·v‖ up to rounding and costs no product. One start
 * vector sees one vector of each eigenspace; for multiple or tightly clustered eigenvalues use
 * `blockLanczos`.
 *
 * A warm start stops as soon as its residuals allow, after at least two products. A start that is
 * invariant to rounding is compared with random directions first, so that an eigenvector of the
 * wrong eigenvalue is not mistaken for the wanted one.
 *
 * @returns a solver; not converging is said in `status`, never thrown
 * @throws EigenError on bad settings, vectors of the wrong length, NaN, or a lack of symmetry
 * @see Wu & Simon (2000), Thick-restart Lanczos method for large symmetric eigenvalue problems
 * @example
 * const laplacian = { n: 3, apply: ([a, b, c]) => Float64Array.of(2*a - b, 2*b - a - c, 2*c - b) };
 * lanczos({ k: 1 })(laplacian).values[0]; // 2 + √2
 */
export function lanczos(settings?: LanczosSettings<undefined>): Solver<Float64Array>;
export function lanczos<V>(settings: LanczosSettings<VectorSpace<V>>): Solver<V>;
export function lanczos<V>(settings: LanczosSettings<AsyncVectorSpace<V>>): AsyncSolver<V>;
export function lanczos<V>(
  settings: LanczosSettings<AsyncVectorSpace<V> | undefined> = {},
): AsyncSolver<V> {
  const shared = sharedSettings("lanczos", settings, "basisSize symmetryTol certify witness");
  const { basisSize, symmetryTol = 1e-3, certify, witness } = settings;
  const space = settings.space ?? (float64() as unknown as AsyncVectorSpace<V>);
  const { k } = shared;
  checkBasis(basisSize, k + 1);
  checkNumber("symmetryTol", symmetryTol, 0);
  if (certify !== undefined) checkProbability("certify", certify);
  if (witness !== undefined) checkNumber("witness", witness, 0);
  const limits = { ...settings, symmetryTol };
  return (operator, data = {}) => {
    checkNames("lanczos()(operator, …)", data, "start");
    check(!certify || !data.start, "certify needs a random start: leave out start");
    return solve(space, (scope) => {
      const products = countProducts(operator, scope);
      checkPairs(k, products.n);
      return thickRestart(products, scope, shared, limits, data.start);
    });
  };
}
