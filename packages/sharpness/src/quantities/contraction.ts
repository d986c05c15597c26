import type { LossView } from "../loss/lossView.js";
import { PRODUCT_ERROR } from "../loss/rounding.js";
import { dot } from "../loss/vectors.js";
import { NOT_FINITE, type SingleQuantity, worstStatus } from "../registry/quantity.js";
import { topPairs } from "../search/topPairs.js";
import { MonteCarlo } from "../statistics/monteCarlo.js";

/** Batches that the eigenvector is made from, ... */
const BATCHES = 8;
/** ... and others that it is tried on, at most. */
const TRIALS = 128;

/**
 * Top eigenvalue of E_B[(I − ηH_B)²]: by at most this factor a step of SGD stretches a squared distance
 * to a common minimum, on average over batches. At most 1: stable in the mean square.
 *
 * Eight batches give the vector v; the value is the mean of ‖(I − ηH_B)v‖² over others, until its
 * standard error is within the tolerance or 128 are seen: without bias vᵀE[(I − ηH_B)²]v, never above the
 * truth on average. Part `upper`: the top eigenvalue of the first eight's own mean, never below the truth
 * on average, as λmax is convex; from so few batches it scatters more than the value does.
 * Error bound: rounding of the products, and how far `upper` with its own, that of `topPairs`, lies above the
 * value. With b = n both are of the same batch.
 *
 * @see Wu, Ma & E (2018), How SGD selects the global minima in over-parameterized learning
 */
export const contraction: SingleQuantity = {
  name: "contraction",
  description: "mean-square growth of a distance by one step of SGD, in the worst direction",
  over: "full",
  unit: "none",
  matrix: "mean-square",
  needs: ["draws", "learning-rate"],
  cost: "2 products on each of 8 batches, 10 to 40 times, and one on each of 16 to 128",
  async measure(_, { problem, drawBatch, tolerance, stream, pause, certify }) {
    const { learningRate } = problem.update!;
    const count = problem.batchSize === problem.samples ? 1 : BATCHES;
    const batches: LossView[] = [];
    let products = 0;
    const step = (batch: LossView, x: ArrayLike<number>): Float64Array => {
      const hessian = batch.hessian();
      const image = new Float64Array(hessian.n);
      hessian.apply(Float64Array.from(x), image);
      products += 1;
      return image.map((y, i) => x[i]! - learningRate * y);
    };
    try {
      for (let index = 0; index < count; index++) batches.push(drawBatch(index));
      if (!batches.every((batch) => batch.isFinite())) return NOT_FINITE;
      const mean = {
        n: batches[0]!.dimension,
        apply(x: Float32Array, out: Float32Array) {
          const sum = new Float64Array(x.length);
          for (const batch of batches) {
            const twice = step(batch, step(batch, x));
            for (let i = 0; i < sum.length; i++) sum[i]! += twice[i]! / count;
          }
          out.set(sum);
        },
      };
      const found = await topPairs(mean, [], { tolerance, stream, pause, certify });
      const v = found.vectors[0]!;
      const estimate = new MonteCarlo();
      const trials = count === 1 ? 1 : TRIALS;
      for (let index = 0; index < trials && !estimate.done(tolerance); index++) {
        const batch = count === 1 ? batches[0]! : drawBatch(count + index);
        const moved = step(batch, v);
        if (count > 1) batch.dispose();
        await pause();
        estimate.add(dot(moved, moved) / dot(v, v));
      }
      const upper = found.value + found.errorBound!;
      const known = count === 1 || estimate.done(tolerance);
      return {
        value: estimate.mean,
        standardError: count === 1 ? 0 : estimate.standardError,
        margin: count === 1 ? 0 : estimate.margin,
        errorBound: PRODUCT_ERROR * (1 + estimate.mean) + Math.max(0, upper - estimate.mean),
        products,
        status: worstStatus(found.status, known ? "converged" : "budget-spent"),
        parts: { upper: { value: found.value, errorBound: found.errorBound } },
      };
    } finally {
      for (const batch of batches) batch.dispose();
    }
  },
};
