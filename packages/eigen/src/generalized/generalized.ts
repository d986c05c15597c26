/** Solvers of A·x = λ·B·x. */

import { type LanczosSettings, lanczos } from "../lanczos/lanczos.js";
import { countProducts, type LinearOperator } from "../operators/operator.js";
import { checkNames } from "../solver/names.js";
import { sharedSettings } from "../solver/settings.js";
import { run, type Steps } from "../solver/steps.js";
import { type LobpcgSettings, lobpcg } from "../subspace/lobpcg.js";
import { type AsyncVectorSpace, float64, type VectorSpace } from "../vectors/space.js";
import { solve } from "../vectors/vectorScope.js";
import { type Pair, pairOf } from "./pairs.js";
import { type AsyncPencilSolver, type PencilSolver, solvePencil } from "./pencil.js";

/** Settings of `generalizedLanczos`: those of `lanczos`, without what holds for B = I only. */
export type GeneralizedLanczosSettings<S> = Omit<LanczosSettings<S>, "certify">;

/**
 * Extremal eigenpairs of A·x = λ·B·x, A symmetric and B symmetric positive definite, by
 * thick-restart Lanczos for B⁻¹·A in the inner product xᵀBy.
 *
 *   |λ − θ| ≤ ‖A·v − θ·B·v‖ in the norm √(zᵀB⁻¹z),   for vᵀBv = 1
 *
 * A step costs one product with A, one solve and one product with B, which checks the solve; B·v is
 * remembered with v. Without `solve`, conjugate gradients solve to rounding: cheap for the mass matrix
 * of finite elements, √cond(B) products for others.
 *
 * Residuals are worked out anew for the result. They, and rounding, are measured in the norm of B⁻¹,
 * which needs λmin(B): it is looked for first by a short search of its own, and half of the smallest
 * Rayleigh quotient of B that the whole search has met stands for it.
 *
 * @returns a solver that takes the operator A and `{ B, solve?, start? }`
 * @throws EigenError "not-positive-definite" if B is seen not to be; "no-result" if a solve leaves
 *   more than a thousandth; whatever `lanczos` throws
 * @see Parlett (1998), The Symmetric Eigenvalue Problem, ch. 15; Ericsson & Ruhe (1980)
 * @example
 * const times = (d) => ({ n: d.length, apply: (x) => x.map((v, i) => d[i] * v) });
 * generalizedLanczos({ k: 1 })(times([1, 2, 3]), { B: times([1, 1, 6]) }).values[0]; // 2
 */
export function generalizedLanczos(
  settings?: GeneralizedLanczosSettings<undefined>,
): PencilSolver<Float64Array>;
export function generalizedLanczos<V>(
  settings: GeneralizedLanczosSettings<VectorSpace<V>>,
): PencilSolver<V>;
export function generalizedLanczos<V>(
  settings: GeneralizedLanczosSettings<AsyncVectorSpace<V>>,
): AsyncPencilSolver<V>;
export function generalizedLanczos<V>(
  settings: GeneralizedLanczosSettings<AsyncVectorSpace<V> | undefined> = {},
): AsyncPencilSolver<V> {
  const shared = sharedSettings("generalizedLanczos", settings, "basisSize symmetryTol witness");
  const space = settings.space ?? (float64() as unknown as AsyncVectorSpace<V>);
  lanczos({ ...settings, space }); // refuses bad settings before the first product
  return (operator, data) => {
    checkNames("generalizedLanczos()(A, …)", data, "B solve start");
    return solve(space, (scope) =>
      solvePencil(operator, data, scope, shared, false, (pencil, inside, given) =>
        lanczos({ ...settings, ...inside })(pencil, given),
      ),
    );
  };
}

/** What LOBPCG may be given beside A and B. */
export interface PencilPreconditioner<V> {
  /** Positive definite approximation of A⁻¹ (for the smallest end), applied to A·v − θ·B·v. */
  readonly preconditioner?: LinearOperator<V>;
}

/**
 * The same pairs by LOBPCG, which needs products with B only, and takes a preconditioner.
 *
 *   next X = best Ritz vectors of span{X, M·(A·X − B·X·Θ), P}
 *
 * M is the preconditioner, or else `solve`, or else I. Without `solve`, residuals are bounded by ‖A·v − θ·B·v‖₂/√λmin(B) during the search, so that it
 * solves nothing; the result is checked as in `generalizedLanczos`, by one solve for each pair.
 *
 * @see Knyazev (2001), Toward the optimal preconditioned eigensolver
 */
export function generalizedLobpcg(
  settings?: LobpcgSettings<undefined>,
): PencilSolver<Float64Array, PencilPreconditioner<Float64Array>>;
export function generalizedLobpcg<V>(
  settings: LobpcgSettings<VectorSpace<V>>,
): PencilSolver<V, PencilPreconditioner<V>>;
export function generalizedLobpcg<V>(
  settings: LobpcgSettings<AsyncVectorSpace<V>>,
): AsyncPencilSolver<V, PencilPreconditioner<V>>;
export function generalizedLobpcg<V>(
  settings: LobpcgSettings<AsyncVectorSpace<V> | undefined> = {},
): AsyncPencilSolver<V, PencilPreconditioner<V>> {
  const shared = sharedSettings("generalizedLobpcg", settings, "blockSize symmetryTol");
  const space = settings.space ?? (float64() as unknown as AsyncVectorSpace<V>);
  lobpcg({ ...settings, space });
  return (operator, data) => {
    checkNames("generalizedLobpcg()(A, …)", data, "B solve start preconditioner");
    return solve(space, (scope) => {
      const given = data.preconditioner && countProducts(data.preconditioner, scope);
      /** A covector A·v − θ·B·v becomes a direction; with solves at hand it has one, B⁻¹ times it. */
      function* precondition({ vector, image }: Pair<V>): Steps<Pair<V>> {
        if (given) return pairOf(yield* given.apply(image as V));
        return pairOf(scope.copy((data.solve ? vector : image) as V));
      }
      const preconditioner = {
        n: given?.n ?? operator.n,
        apply: (x: Pair<V>) => run(precondition(x)),
      };
      return solvePencil(operator, data, scope, shared, !data.solve, (pencil, inside, start) =>
        lobpcg({ ...settings, ...inside })(pencil, { ...start, preconditioner }),
      );
    });
  };
}
