import { float32, lanczos } from "@eoss/eigen";
import type { HessianOperator } from "@eoss/hvp";
import type { MeasureContext, Reading } from "./quantity.js";

/** Part of the start vector that is random: nothing is missed by starting close to an old answer. */
const RANDOM_PART = 0.1;
/**
 * The residual, relative to θ, is at most half the tolerance and at most this; the error of θ goes
 * with its square.
 */
const LARGEST_RESIDUAL = 0.01;
/**
 * A residual proves that some eigenvalue is near θ, not that it is the top one. The second pair must
 * be resolved to this accuracy too before the first is believed: without, 4 of 50 tracked and 6 of
 * 201 fresh searches on a trained network settled on a neighbour 1 to 6 % below; with, 0 and 1.
 */
const WITNESS = 0.02;
const MAX_PRODUCTS = 500;

/**
 * λmax of a Hessian by Lanczos, to a residual ‖H·v − θ·v‖ of at most 1 % of θ.
 *
 * θ is a Rayleigh quotient and so never above λmax; an eigenvalue lies within the error bound of θ.
 * That it is λmax is very likely, not proved: see `witness` of `lanczos`.
 *
 * @param guesses of the top eigenvector, any norm; their directions are summed, and a random one
 *   is added
 * @returns the reading, and the unit eigenvector unless the loss is not finite
 */
export async function topEigenvalue(
  hessian: HessianOperator,
  guesses: ReadonlyArray<ArrayLike<number>>,
  { tolerance, stream, pause }: MeasureContext,
): Promise<Reading & { vector?: Float32Array }> {
  if (!Number.isFinite(hessian.loss) || !Number.isFinite(norm(hessian.gradient))) {
    return { value: Number.NaN, products: 0, status: "not-finite" };
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
    witness: WITNESS,
    maxMatvecs: MAX_PRODUCTS,
    space: float32(),
  });
  const { values, vectors, errorBounds, matvecs, status } = await solve(operator, {
    start: startVector(guesses, stream.signs(hessian.n)),
  });
  return {
    value: values[0]!,
    errorBound: errorBounds[0]!,
    products: matvecs,
    status: status === "converged" ? "converged" : "budget-spent",
    vector: vectors[0]!,
  };
}

function startVector(
  guesses: ReadonlyArray<ArrayLike<number>>,
  random: Float32Array,
): Float32Array {
  const start = random.map((sign) => (RANDOM_PART * sign) / Math.sqrt(random.length));
  for (const guess of guesses) {
    const length = norm(guess);
    if (length > 0) for (let i = 0; i < start.length; i++) start[i]! += guess[i]! / length;
  }
  return start;
}

function norm(x: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! ** 2;
  return Math.sqrt(sum);
}
