import type { LossView } from "../loss/lossView.js";
import { PRODUCT_ERROR } from "../loss/rounding.js";
import { multiply, type Operator, type Vector } from "../loss/space.js";
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
  reads: ["tolerance", "certify"],
  cost: "2 products on each of 8 batches, 10 to 40 times, and one on each of 16 to 128",
  async measure(view, { problem, drawBatch, tolerance, stream, pause, certify }) {
    const { learningRate } = problem.update!;
    const { space } = view;
    const count = problem.batchSize === problem.samples ? 1 : BATCHES;
    const batches: LossView[] = [];
    let products = 0;
    /** (I − ηH_B)x */
    const step = async (batch: LossView, x: Vector): Promise<Vector> => {
      const image = await multiply(batch.hessian(), x);
      products += 1;
      const moved = space.axpy(-learningRate, image, space.copy(x));
      space.release(image);
      return moved;
    };
    try {
      for (let index = 0; index < count; index++) batches.push(drawBatch(index));
      for (const batch of batches) if (!(await batch.isFinite())) return NOT_FINITE;
      const mean: Operator<Vector> = {
        n: view.dimension,
        space,
        async apply(x) {
          let sum: Vector | undefined;
          for (const batch of batches) {
            const once = await step(batch, x);
            const twice = await step(batch, once);
            space.release(once);
            if (sum === undefined) {
              sum = space.scale(1 / count, twice);
              continue;
            }
            sum = space.axpy(1 / count, twice, sum);
            space.release(twice);
          }
          return sum!;
        },
      };
      const found = await topPairs(mean, [], { tolerance, stream, pause, certify });
      const v = found.vectors[0]!;
      const square = await space.dot(v, v);
      const estimate = new MonteCarlo();
      const trials = count === 1 ? 1 : TRIALS;
      for (let index = 0; index < trials && !estimate.done(tolerance); index++) {
        const batch = count === 1 ? batches[0]! : drawBatch(count + index);
        try {
          const moved = await step(batch, v);
          estimate.add((await space.dot(moved, moved)) / square);
          space.release(moved);
        } finally {
          if (count > 1) batch.dispose();
        }
        await pause();
      }
      for (const vector of found.vectors) space.release(vector);
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
