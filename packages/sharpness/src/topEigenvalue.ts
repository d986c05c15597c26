import { float32, lanczos } from "@eoss/eigen";
import type { HessianOperator } from "@eoss/hvp";
import type { MeasureContext, Reading } from "./quantity.js";

/** Part of the start vector that is random: nothing is missed by starting close to an old answer. */
const RANDOM_PART = 0.1;
/**
 * The residual, relative to θ, is at most half the tolerance and at most this. On the reference
 * network (512 wide, 4 to 1024 samples) θ is then right to 2e-3, since the error of θ goes with the
 * square of the residual. A looser residual could settle on a neighbour of the top eigenvalue.
 */
const LARGEST_RESIDUAL = 0.01;
const MAX_PRODUCTS = 500;

/**
 * λmax of a Hessian by Lanczos, to a residual ‖H·v − θ·v‖ of at most 1 % of θ.
 *
 * θ is a Rayleigh quotient and so never above λmax; an eigenvalue lies within the error bound of θ.
 *
 * @param start a guess of the top eigenvector, any norm; a part of random direction is added to it
 * @returns the reading, and the unit eigenvector
 */
export async function topEigenvalue(
  hessian: HessianOperator,
  start: ArrayLike<number>,
  { tolerance, stream, pause }: MeasureContext,
): Promise<Reading & { vector: Float32Array }> {
  if (!Number.isFinite(hessian.loss) || !Number.isFinite(norm(hessian.gradient))) {
    const vector = Float32Array.from(start);
    return { value: Number.NaN, products: 0, status: "not-finite", vector };
  }
  const operator = {
    n: hessian.n,
    async apply(x: Float32Array, out: Float32Array): Promise<void> {
      hessian.apply(x, out);
      await pause();
    },
  };
  const solve = lanczos({
    k: 1,
    rtol: Math.min(tolerance / 2, LARGEST_RESIDUAL),
    maxMatvecs: MAX_PRODUCTS,
    space: float32(),
  });
  const { values, vectors, errorBounds, matvecs, status } = await solve(operator, {
    start: perturbed(start, stream),
  });
  return {
    value: values[0]!,
    errorBound: errorBounds[0]!,
    products: matvecs,
    status: status === "converged" ? "converged" : "budget-spent",
    vector: vectors[0]!,
  };
}

function perturbed(start: ArrayLike<number>, stream: MeasureContext["stream"]): Float32Array {
  const random = stream.signs(start.length);
  const length = norm(start);
  const scale = (length > 0 ? RANDOM_PART * length : 1) / Math.sqrt(random.length);
  return random.map((x, i) => start[i]! + scale * x);
}

function norm(x: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! ** 2;
  return Math.sqrt(sum);
}
