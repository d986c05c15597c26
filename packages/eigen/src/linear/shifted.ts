import type { Products } from "../operators/operator.js";
import { EigenError } from "../solver/error.js";
import type { Steps } from "../solver/steps.js";
import { checkedNorm } from "../vectors/checkedNorm.js";
import type { AsyncVectorSpace } from "../vectors/space.js";
import { minimalResiduals } from "./minres.js";
import { refine, type Solution, type Stop } from "./system.js";

/**
 * (A − σ·I)·x = b by minimal residuals, wherever σ lies.
 *
 * @param rtol ‖b − (A − σ·I)·x‖ ≤ rtol·‖b‖ is small enough
 * @throws EigenError "singular" if σ is an eigenvalue of A to half of the digits
 */
export function* solveShifted<V>(
  products: Products<V>,
  space: AsyncVectorSpace<V>,
  shift: number,
  b: V,
  rtol: number,
  stop: () => Stop | undefined,
): Steps<Solution<V>> {
  function* apply(x: V): Steps<V> {
    return space.axpy(-shift, x, yield* products.apply(x));
  }
  const goal = rtol * (yield* checkedNorm(space, b, "b"));
  const system = { n: products.n, apply, space, stop };
  const found = yield* refine(minimalResiduals, system, b, undefined, goal);
  if (found.status === "singular") singularShift(shift, found.scale);
  return found;
}

function singularShift(shift: number, scale: number): never {
  const off = (1e-3 * (scale || 1)).toExponential(0);
  throw new EigenError(
    "singular",
    `the shift σ = ${shift} is an eigenvalue of A, or too near one: A − σ·I is singular to 1e-8 of its size; choose another, for example ${shift} − ${off}`,
  );
}
