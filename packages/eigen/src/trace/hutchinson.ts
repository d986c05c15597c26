import { roundingOf } from "../certificates/convergence.js";
import { dots } from "../vectors/vectors.js";
import { type EstimatorFactory, imageOf, probe, traceEstimator } from "./estimate.js";
import { estimateFrom } from "./margin.js";

/**
 * Trace by Hutchinson's estimator.
 *
 *   tr A ≈ (1/m)·Σ zᵢᵀA·zᵢ,   error ∝ ‖A‖_F/√m
 *
 * Unbiased; `matvecs` (default 30) random vectors, each one product.
 *
 * @see Hutchinson (1989), A stochastic estimator of the trace of the influence matrix
 * @example
 * const { value, error } = hutchinson()(denseOperator([[2, 0], [0, 5]]));
 * Math.abs(value - 7) < error; // true
 */
export const hutchinson: EstimatorFactory = /* @__PURE__ */ traceEstimator(
  "hutchinson",
  1,
  1,
  function* (products, space, random, matvecs) {
    const samples = new Float64Array(matvecs);
    let largest = 0;
    for (let i = 0; i < matvecs; i++) {
      const z = yield* probe(space, products.n, random);
      const image = yield* imageOf(products, space, z);
      const [along, square] = yield* dots(space, [z, image], image);
      samples[i] = along!;
      largest = Math.max(largest, square!);
      space.release(z);
      space.release(image);
    }
    const rounding = roundingOf(space, Math.sqrt(products.n * largest));
    return estimateFrom(samples, 0, rounding, products.spent);
  },
);
